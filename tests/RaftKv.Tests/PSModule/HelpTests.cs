using System.Xml.Linq;
using RaftKv.Help;

namespace RaftKv.Tests.PSModule;

/// <summary>The build tool that makes help of doc comments.</summary>
public sealed class HelpTests
{
    private const string Comments = """
        <doc><members>
          <member name="T:A"><summary>Does  a
            thing to <see cref="T:RaftKv.RaftValue"/>.</summary>
            <remarks><para>One.</para><para>Two.</para></remarks>
            <example><code>
            Get-A |
                Set-B
            </code> It does.</example>
          </member>
          <member name="P:A.P"><summary>A parameter.</summary></member>
        </members></doc>
        """;

    [Fact]
    public void DocComments_RunningText_LosesItsLineBreaksAndKeepsNames()
    {
        DocComments comments = DocComments.Parse(Comments);
        Assert.Equal("Does a thing to RaftValue.", comments.Text("T:A", "summary"));
        Assert.Equal(["One.", "Two."], comments.Paragraphs("T:A", "remarks"));
        Assert.Equal("", comments.Text("T:Missing", "summary"));
    }

    [Fact]
    public void DocComments_Example_IsCodeAndWhatIsAroundIt()
    {
        ExampleHelp example = Assert.Single(DocComments.Parse(Comments).Examples("T:A"));
        Assert.Equal("Get-A |\n    Set-B", example.Code);
        Assert.Equal("It does.", example.Remarks);
    }

    [Fact]
    public void Faults_HelpThatLeavesQuestionsOpen_AreAllNamed()
    {
        CmdletHelp poor = Sample() with { Synopsis = "", Description = [], Examples = [new ExampleHelp("Get-A", "")], Parameters = [SampleParameter() with { Description = "" }] };
        Assert.Equal(5, poor.Faults().Count());
        Assert.Empty(Sample().Faults());
    }

    [Fact]
    public void MamlWriter_ParameterSets_GetASyntaxItemEach()
    {
        XDocument document = MamlWriter.ToDocument([Sample()]);
        XElement[] items = [.. document.Descendants().Where(element => element.Name.LocalName == "syntaxItem")];
        Assert.Equal(2, items.Length);
        Assert.Equal(["P"], ParametersOf(items[0]));
        Assert.Equal(["P", "Q"], ParametersOf(items[1]));
    }

    private static IEnumerable<string> ParametersOf(XElement item) =>
        item.Elements().Where(element => element.Name.LocalName == "parameter").Select(element => element.Elements().First().Value);

    private static CmdletHelp Sample() => new()
    {
        Verb = "Get",
        Noun = "A",
        Synopsis = "Gets.",
        Description = ["It gets."],
        Parameters = [SampleParameter(), SampleParameter() with { Name = "Q", Uses = [new ParameterUse("Two", true, null, false, false)] }],
        ParameterSets = ["One", "Two"],
        Examples = [new ExampleHelp("Get-A", "Gets."), new ExampleHelp("Get-A P", "Gets P.")],
        Outputs = ["System.String"],
    };

    private static ParameterHelp SampleParameter() => new()
    {
        Name = "P",
        Description = "What.",
        TypeName = "string",
        FullTypeName = "System.String",
        Uses = [new ParameterUse(ParameterUse.AllSets, false, 0, true, false)],
    };
}
