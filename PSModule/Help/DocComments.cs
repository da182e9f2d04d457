using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace RaftKv.Help;

/// <summary>The documentation comments of an assembly, as the compiler wrote them down.</summary>
internal sealed partial class DocComments
{
    private readonly Dictionary<string, XElement> _members;

    private DocComments(Dictionary<string, XElement> members) => _members = members;

    /// <summary>Reads the compiler's file.</summary>
    public static DocComments Load(string path) => Parse(File.ReadAllText(path));

    /// <summary>Reads the text of such a file.</summary>
    public static DocComments Parse(string xml) => new(XDocument.Parse(xml, LoadOptions.PreserveWhitespace)
        .Descendants("member")
        .Where(member => member.Attribute("name") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => member));

    /// <summary>The text of one element, such as the summary; empty when there is none.</summary>
    public string Text(string member, string element) => string.Join(' ', Paragraphs(member, element));

    /// <summary>The paragraphs of one element.</summary>
    public IReadOnlyList<string> Paragraphs(string member, string element)
    {
        if (!_members.TryGetValue(member, out XElement? found) || found.Element(element) is not { } part)
        {
            return [];
        }

        List<XElement> paragraphs = [.. part.Elements("para")];
        IEnumerable<string> texts = paragraphs.Count > 0 ? paragraphs.Select(Flow) : [Flow(part)];
        return [.. texts.Where(text => text.Length > 0)];
    }

    /// <summary>The examples: the code element, and the text around it.</summary>
    public IReadOnlyList<ExampleHelp> Examples(string member) =>
        _members.TryGetValue(member, out XElement? found)
            ? [.. found.Elements("example").Select(Example)]
            : [];

    private static ExampleHelp Example(XElement example)
    {
        XElement? code = example.Element("code");
        XElement rest = new(example);
        rest.Elements("code").Remove();
        return new ExampleHelp(Unindent(code?.Value ?? ""), Flow(rest));
    }

    /// <summary>Running text: references become names, line breaks of the source become spaces.</summary>
    private static string Flow(XElement element)
    {
        StringBuilder text = new();
        foreach (XNode node in element.Nodes())
        {
            text.Append(node switch
            {
                XText plain => plain.Value,
                XElement { Name.LocalName: "see" or "seealso" or "paramref" } reference => Target(reference),
                XElement inner => Flow(inner),
                _ => "",
            });
        }

        return Blanks().Replace(text.ToString(), " ").Trim();
    }

    private static string Target(XElement reference)
    {
        string target = reference.Attribute("cref")?.Value ?? reference.Attribute("langword")?.Value ?? reference.Attribute("name")?.Value ?? "";
        string bare = target.Split('(')[0];
        return bare[(bare.LastIndexOfAny(['.', ':']) + 1)..];
    }

    private static string Unindent(string code)
    {
        // Code that begins on the tag's own line has no indent to measure there.
        string text = code.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd();
        bool ownLines = text.StartsWith('\n');
        string[] lines = text.Trim('\n').Split('\n');
        int indent = lines.Skip(ownLines ? 0 : 1).Where(line => line.Trim().Length > 0)
            .Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty(0).Min();
        return string.Join('\n', lines.Select((line, i) => (i == 0 && !ownLines ? line.TrimStart() : line[Math.Min(indent, line.Length)..]).TrimEnd()));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
