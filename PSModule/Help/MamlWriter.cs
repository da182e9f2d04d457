using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace RaftKv.Help;

/// <summary>Writes the help file that PowerShell's Get-Help reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Writes the help of all cmdlets to one file.</summary>
    public static void Write(string path, IEnumerable<CmdletHelp> cmdlets)
    {
        XmlWriterSettings settings = new() { Indent = true, Encoding = new UTF8Encoding(false), NewLineChars = "\n" };
        using XmlWriter writer = XmlWriter.Create(path, settings);
        ToDocument(cmdlets).Save(writer);
    }

    /// <summary>The document as it is written.</summary>
    public static XDocument ToDocument(IEnumerable<CmdletHelp> cmdlets) => new(
        new XElement(Msh + "helpItems", new XAttribute("schema", "maml"), cmdlets.Select(ToElement)));

    private static XElement ToElement(CmdletHelp cmdlet) => new(
        Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Maml),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            new XElement(Maml + "description", Paragraph(cmdlet.Synopsis))),
        new XElement(Maml + "description", cmdlet.Description.Select(Paragraph)),
        new XElement(Command + "syntax", cmdlet.ParameterSets.Select(set => Syntax(cmdlet, set))),
        new XElement(Command + "parameters", cmdlet.Parameters.Select(parameter => Parameter(parameter, parameter.Uses[0], true))),
        new XElement(Command + "inputTypes", Inputs(cmdlet)),
        new XElement(Command + "returnValues", cmdlet.Outputs.Select(output => new XElement(Command + "returnValue", Type(output)))),
        new XElement(Command + "examples", cmdlet.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", Link("about_RaftKv")));

    private static XElement Syntax(CmdletHelp cmdlet, string set) => new(
        Command + "syntaxItem",
        new XElement(Maml + "name", cmdlet.Name),
        cmdlet.Parameters
            .Select(parameter => (Parameter: parameter, Use: parameter.Uses.FirstOrDefault(use => use.Set == set || use.Set == ParameterUse.AllSets)))
            .Where(pair => pair.Use is not null)
            .OrderBy(pair => pair.Use!.Position ?? int.MaxValue)
            .Select(pair => Parameter(pair.Parameter, pair.Use!, false)));

    private static XElement Parameter(ParameterHelp parameter, ParameterUse use, bool full)
    {
        XElement element = new(
            Command + "parameter",
            new XAttribute("required", Flag(use.Mandatory)),
            new XAttribute("variableLength", Flag(parameter.TypeName.EndsWith("[]", StringComparison.Ordinal))),
            new XAttribute("globbing", Flag(parameter.SupportsWildcards)),
            new XAttribute("pipelineInput", use.PipelineInput),
            new XAttribute("position", use.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
            new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
            new XElement(Maml + "name", parameter.Name),
            new XElement(Maml + "description", parameter.Choices.Prepend(parameter.Description).Select(Paragraph)));
        if (parameter.Values.Count > 0 && !full)
        {
            element.Add(new XElement(
                Command + "parameterValueGroup",
                parameter.Values.Select(value => new XElement(
                    Command + "parameterValue", new XAttribute("required", "false"), new XAttribute("variableLength", "false"), value))));
        }

        if (!parameter.IsSwitch || full)
        {
            element.Add(new XElement(
                Command + "parameterValue", new XAttribute("required", Flag(!parameter.IsSwitch)), new XAttribute("variableLength", "false"), parameter.TypeName));
        }

        element.Add(Type(parameter.FullTypeName));
        return element;
    }

    private static IEnumerable<XElement> Inputs(CmdletHelp cmdlet)
    {
        List<string> types =
        [
            .. cmdlet.Parameters.Where(parameter => parameter.Uses.Any(use => use.ByValue)).Select(parameter => parameter.FullTypeName).Distinct(),
        ];
        return (types.Count > 0 ? types : ["None"]).Select(type => new XElement(Command + "inputType", Type(type)));
    }

    private static XElement Example(ExampleHelp example, int index) => new(
        Command + "example",
        new XElement(Maml + "title", $"-------- Example {index + 1} --------"),
        new XElement(Dev + "code", example.Code),
        new XElement(Dev + "remarks", Paragraph(example.Remarks), Paragraph("")));

    private static XElement Type(string name) => new(Dev + "type", new XElement(Maml + "name", name), new XElement(Maml + "uri"));

    private static XElement Link(string text) => new(
        Maml + "navigationLink", new XElement(Maml + "linkText", text), new XElement(Maml + "uri"));

    private static XElement Paragraph(string text) => new(Maml + "para", text);

    private static string Flag(bool value) => value ? "true" : "false";
}
