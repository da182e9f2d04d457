using System.Management.Automation;

namespace RaftKv.Base;

/// <summary>
/// What a running call may tell its user, from any thread: everything is carried to the pipeline's thread, because
/// PowerShell lets only that one write.
/// </summary>
internal sealed class Feedback
{
    private static readonly AsyncLocal<Feedback?> Flowing = new();
    private readonly Func<Action<Cmdlet>, bool> _post;
    private readonly Action<string, string, int, int>? _progress;

    public Feedback(Func<Action<Cmdlet>, bool> post, Action<string, string, int, int>? progress = null)
    {
        _post = post;
        _progress = progress;
    }

    /// <summary>The feedback of the call that this code runs for; null outside of one.</summary>
    public static Feedback? Current
    {
        get => Flowing.Value;
        set => Flowing.Value = value;
    }

    /// <summary>What is being done.</summary>
    public void Verbose(string text) => _post(cmdlet => cmdlet.WriteVerbose(text));

    /// <summary>An effect that no one would expect.</summary>
    public void Warning(string text) => _post(cmdlet => cmdlet.WriteWarning(text));

    /// <summary>How far it is, from 0 to 1; shown only once the call has taken two seconds.</summary>
    public void Progress(string activity, string status, double share, int secondsLeft = -1) =>
        _progress?.Invoke(activity, status, (int)Math.Clamp(share * 100, 0, 100), secondsLeft);
}
