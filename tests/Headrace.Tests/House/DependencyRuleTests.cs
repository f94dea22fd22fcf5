using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Headrace.Tests.House;

/// <summary>
/// The arrows of the house. This table is the law: a new arrow is a new line here, with its reason in the same commit.
/// </summary>
public sealed partial class DependencyRuleTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Headrace.Core"] = [],
        ["Headrace.Protocol"] = ["Headrace.Core"],
        ["Headrace.Storage"] = ["Headrace.Core"],
        ["Headrace.Worker"] = ["Headrace.Protocol"],
        ["Headrace.Client"] = ["Headrace.Protocol"],
        ["Headrace.Server"] = ["Headrace.Core", "Headrace.Protocol", "Headrace.Storage"],
        ["Headrace.Apps.Sha512"] = ["Headrace.Worker"],
        ["Headrace.Apps.Benchop"] = ["Headrace.Worker"],
        ["Headrace.Cli"] =
        [
            "Headrace.Server",
            "Headrace.Client",
            "Headrace.Worker",
            "Headrace.Apps.Sha512",
            "Headrace.Apps.Benchop",
        ],
    };

    /// <summary>Rooms inside a project that must not know each other, or that only one room may know.</summary>
    private static readonly (string Folder, string Forbidden, string Except)[] Walls =
    [
        ("src/Headrace.Storage/Memory", "Headrace.Storage.Sqlite", ""),
        ("src/Headrace.Storage/Sqlite", "Headrace.Storage.Memory", ""),
        ("src/Headrace.Server", "Headrace.Storage", "src/Headrace.Server/Hosting"),
    ];

    public static TheoryData<string> Projects =>
        [.. Repository.Files("src", "*.csproj").Concat(Repository.Files("apps", "*.csproj"))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_where_its_arrows_point(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(Arrows.TryGetValue(name, out var allowed), $"{name} has no line in the table of arrows.");
        var referred = XDocument
            .Parse(Repository.Read(project))
            .Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value));
        Assert.Empty(referred.Except(allowed));
    }

    [Fact]
    public void No_file_uses_what_lies_behind_a_wall()
    {
        var breaches =
            from wall in Walls
            from file in Repository.Files(wall.Folder, "*.cs")
            where wall.Except.Length == 0 || !file.StartsWith(wall.Except, StringComparison.Ordinal)
            from Match use in UsingLine().Matches(Repository.Read(file))
            where use.Groups[1].Value.StartsWith(wall.Forbidden, StringComparison.Ordinal)
            select $"{file} uses {use.Groups[1].Value}";
        Assert.Empty(breaches);
    }

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
