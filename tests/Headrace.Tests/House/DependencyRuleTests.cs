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
        // The commands of an application and those of the command line share options, output and exit codes. They stand
        // below both, so that an application contributes its commands and the command line knows none of its types.
        ["Headrace.Commands"] = ["Headrace.Client"],
        ["Headrace.Server"] = ["Headrace.Core", "Headrace.Protocol", "Headrace.Storage"],
        ["Headrace.Apps.Sha512"] = ["Headrace.Worker"],
        ["Headrace.Apps.Benchop"] = ["Headrace.Worker", "Headrace.Commands"],
        ["Headrace.Cli"] =
        [
            "Headrace.Server",
            "Headrace.Client",
            "Headrace.Worker",
            "Headrace.Commands",
            "Headrace.Apps.Sha512",
            "Headrace.Apps.Benchop",
        ],
        // It measures the command line as a process (no code of it is loaded), the engine of an application, and the
        // server's processes as the server itself finds them. Nothing refers to it but the tests.
        ["Headrace.Bench"] =
        [
            "Headrace.Cli",
            "Headrace.Server",
            "Headrace.Client",
            "Headrace.Worker",
            "Headrace.Commands",
            "Headrace.Apps.Sha512",
        ],
    };

    /// <summary>Rooms inside a project that must not know each other, or that only one room may know.</summary>
    private static readonly (string Folder, string Forbidden, string Except)[] Walls =
    [
        ("src/Headrace.Storage/Memory", "Headrace.Storage.Sqlite", ""),
        ("src/Headrace.Storage/Sqlite", "Headrace.Storage.Memory", ""),
        ("src/Headrace.Server", "Headrace.Storage", "src/Headrace.Server/Hosting"),
        ("src/Headrace.Core", "System.Threading.Tasks", ""),
        ("src/Headrace.Core", "System.Net", ""),
    ];

    public static TheoryData<string> Projects =>
        [.. ((string[])["src", "apps", "bench"]).SelectMany(room => Repository.Files(room, "*.csproj"))];

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
            where !(wall.Folder == "src/Headrace.Core" && file.EndsWith("IJournal.cs", StringComparison.Ordinal))
            select $"{file} uses {use.Groups[1].Value}";
        Assert.Empty(breaches);
    }

    [Fact]
    public void Core_uses_no_package_and_no_clock_of_its_own()
    {
        Assert.DoesNotContain(
            "PackageReference",
            Repository.Read("src/Headrace.Core/Headrace.Core.csproj"),
            StringComparison.Ordinal
        );
        Assert.Empty(
            Repository
                .Files("src/Headrace.Core", "*.cs")
                .Where(file => Repository.Read(file).Contains("TimeProvider", StringComparison.Ordinal))
        );
    }

    [GeneratedRegex(@"^using (?:static )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
