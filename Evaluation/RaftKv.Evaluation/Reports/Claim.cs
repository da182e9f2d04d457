namespace RaftKv.Evaluation.Reports;

/// <summary>Something that can be true or false of the results: what the paper says, or what we set out to reach.</summary>
/// <param name="Experiment">Where the numbers come from.</param>
/// <param name="Figure">The paper's figure.</param>
/// <param name="Preset">Which preset it is about.</param>
/// <param name="Expected">What is claimed.</param>
/// <param name="Found">What was found, in numbers.</param>
/// <param name="Holds">Whether it holds; null where the claim has no number to hold it against.</param>
internal sealed record Claim(string Experiment, string Figure, string Preset, string Expected, string Found, bool? Holds);
