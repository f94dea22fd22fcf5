using System.Diagnostics;
using System.Globalization;
using System.Text;
using Headrace.Client;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

/// <summary>Runs the commands of the pipeline against a server process with workers.</summary>
internal static class PipelineScene
{
    /// <summary>The parameters for which the method <c>flaky</c> harms itself, and how.</summary>
    public const int Crashes = 13;
    public const int Hangs = 17;
    public const int WritesRubbish = 19;
    public const int CrashesOnce = 23;
    public const int WritesRubbishOnce = 29;

    /// <summary>
    /// Installs the method <c>flaky</c>: a program that returns 7, except that for some parameters it crashes, hangs or
    /// writes rubbish, always or only for its first run.
    /// </summary>
    public static async Task InstallFlakyAsync(RunningServer server)
    {
        var folder = Path.Combine(server.Home, "flaky");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "flaky.sh"),
            $"""
            again="{folder}/again-$1"
            case $1 in
              {Crashes}) kill -SEGV $$ ;;
              {Hangs}) exec sleep 600 ;;
              {WritesRubbish}) echo "Segmentation of the grid" ; exit 0 ;;
              {CrashesOnce}) mkdir "$again" 2>/dev/null && kill -SEGV $$ ;;
              {WritesRubbishOnce}) mkdir "$again" 2>/dev/null && echo nonsense && exit 0 ;;
            esac
            echo 7
            """,
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "flaky.method.json"),
            """
            {
              "name": "flaky",
              "argv": ["sh", "{method}/flaky.sh", "{params.param}"],
              "params": {
                "type": "object",
                "properties": { "param": { "type": "integer" } },
                "required": ["param"],
                "additionalProperties": false
              },
              "timeLimit": "2s",
              "stopGrace": "1s",
              "retry": { "max": 1, "delay": "10ms" }
            }
            """,
            TestContext.Current.CancellationToken
        );
        var installed = await server.CliAsync("methods", "install", folder);
        Assert.True(installed.Code == 0, installed.Error);
        await server.WaitForMethodAsync("flaky");
    }

    /// <summary>The params with which the method <c>prints</c> prints a result of another kind.</summary>
    public const string Large = """{"what":"large"}""";
    public const string TooLarge = """{"what":"too-large"}""";
    public const string Binary = """{"what":"binary"}""";
    public const string LoneSurrogate = """{"what":"surrogate"}""";

    /// <summary>The bytes of a large result: more than a feed delivers, and less than a message may have.</summary>
    public const int LargeBytes = 900_000;

    /// <summary>Installs the method <c>prints</c>: a program whose result is of the kind in its params.</summary>
    public static async Task InstallPrintsAsync(RunningServer server)
    {
        var folder = Path.Combine(server.Home, "prints");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "prints.sh"),
            $$"""
            case $1 in
              large) head -c {{LargeBytes}} /dev/zero | tr '\0' 'a' ;;
              too-large) head -c 1048576 /dev/zero | tr '\0' 'a' ;;
              binary) printf '\377\376\001' ;;
              surrogate) printf '"\\ud800"' ;;
            esac
            """,
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "prints.method.json"),
            """
            {
              "name": "prints",
              "argv": ["sh", "{method}/prints.sh", "{params.what}"]
            }
            """,
            TestContext.Current.CancellationToken
        );
        var installed = await server.CliAsync("methods", "install", folder);
        Assert.True(installed.Code == 0, installed.Error);
        await server.WaitForMethodAsync("prints");
    }

    /// <summary>Returns the steps that a pipeline printed: chain, step, parameter and what happened.</summary>
    public static IReadOnlyList<(string Chain, string Step, long Param, string Text)> Steps(string output) =>
        [
            .. output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split('\t'))
                .Select(cells => (cells[0], cells[1], long.Parse(cells[2], CultureInfo.InvariantCulture), cells[3])),
        ];

    /// <summary>
    /// Checks that each chain has its three steps, and that exactly the even values start another chain.
    /// </summary>
    public static void AssertWhole(IReadOnlyList<(string Chain, string Step, long Param, string Text)> steps)
    {
        var chains = steps.GroupBy(step => step.Chain).ToDictionary(chain => chain.Key, chain => chain.ToList());
        foreach (var (chain, done) in chains)
        {
            Assert.Equal(["simulate", "update_cache", "evaluate"], done.Select(step => step.Step));
            var value = long.Parse(done[0].Text.Split(' ')[^1], CultureInfo.InvariantCulture);
            var (origin, generation) = chain.Split('.') is [var line, var number]
                ? (line, int.Parse(number, CultureInfo.InvariantCulture))
                : (chain, 0);
            var next = $"{origin}.{generation + 1}";
            Assert.Equal(value % 2 == 0, chains.ContainsKey(next));
            if (value % 2 == 0)
                Assert.Equal(2 * value, chains[next][0].Param);
        }
    }

    public static HeadraceClient Connect(RunningServer server) =>
        new(server.Url, File.ReadAllText(Path.Combine(server.Home, "data", "admin.key")).Trim());

    /// <summary>Waits until a running program has written a text to standard output.</summary>
    public static async Task<string> ReadUntilAsync(Process process, string text)
    {
        var read = new StringBuilder();
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Eventually.WithProcesses);
        while (!read.ToString().Contains(text, StringComparison.Ordinal))
            read.Append(
                    await process.StandardOutput.ReadLineAsync(late.Token)
                        ?? throw new InvalidOperationException($"The program ended without '{text}': {read}")
                )
                .Append('\n');
        return read.ToString();
    }

    /// <summary>Waits until a program has begun a run, and returns the feed of the run.</summary>
    public static Task<string> WaitForRunAsync(RunningServer server) =>
        Eventually.SeesAsync(
            "the feed of the run",
            async () =>
                (await server.CliAsync("feeds")).Out.Split('\t')[0] is { } name
                && name.StartsWith("run-", StringComparison.Ordinal)
                    ? name
                    : null,
            Eventually.WithProcesses
        );
}
