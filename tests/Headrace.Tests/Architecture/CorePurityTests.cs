using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Tests that Core only makes decisions and performs no I/O. The build rejects calls to the members listed in
/// <c>src/Headrace.Core/BannedSymbols.txt</c>. These tests read the compiled assembly, which also shows types used in
/// signatures and by generated code. The compiler itself uses Environment (for the thread id of an iterator), so only
/// the build checks that type.
/// </summary>
public sealed partial class CorePurityTests
{
    /// <summary>
    /// Types that appear in the signatures of the storage interface but are never used by Core itself.
    /// </summary>
    private static readonly string[] OfThePort =
    [
        "System.Threading.CancellationToken",
        "System.Threading.Tasks.Task`1",
        "System.Threading.Tasks.ValueTask",
    ];

    [Fact]
    public void Core_uses_no_clock_no_tasks_no_randomness_and_no_input_or_output()
    {
        using var assembly = new PEReader(File.OpenRead(typeof(Broker).Assembly.Location));
        var metadata = assembly.GetMetadataReader();

        var impure = metadata
            .TypeReferences.Select(metadata.GetTypeReference)
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}")
            .Where(type => Impure().IsMatch(type))
            .Except(OfThePort);

        Assert.Empty(impure);
    }

    [Fact]
    public void Core_references_no_package_and_its_build_uses_the_list_of_banned_symbols()
    {
        var project = XDocument.Parse(Repository.Read("src/Headrace.Core/Headrace.Core.csproj"));

        Assert.Empty(project.Descendants("PackageReference"));
        Assert.Contains(
            project.Descendants("AdditionalFiles"),
            file => file.Attribute("Include")?.Value == "BannedSymbols.txt"
        );
    }

    [GeneratedRegex(
        """
            ^System\.(IO|Net|Threading|Timers|Security)\.
            |^System\.Diagnostics\.(?!CodeAnalysis|Debugg)
            |^System\.Runtime\.CompilerServices\.(Async(?!Iterator)|TaskAwaiter|ValueTaskAwaiter)
            |^System\.(TimeProvider|DateTime|TimeZoneInfo|Random|Guid|Console|AppContext|AppDomain|GC)$
            |^Microsoft\.
            """,
        RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex Impure();
}
