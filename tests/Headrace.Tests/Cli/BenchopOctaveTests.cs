using System.Text.Json;
using Headrace.Commands;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Installs a user's Octave functions, and measures and ranks them alongside Headrace's own methods.</summary>
[Trait("Needs", "Servers")]
public sealed class BenchopOctaveTests
{
    private const string Page = "docs/apps/benchop.md";
    private const string Sample = "samples/octave/benchop/BSeuCallUI_mine.m";

    [Fact]
    public void The_function_on_the_page_is_the_sample() =>
        Assert.Equal(
            Repository.Read(Sample).Trim(),
            Assert.Single(CodeBlock.In(Repository.Read(Page)), block => block.Info == "matlab mine").Text.Trim()
        );

    [Fact]
    public async Task An_installed_function_is_measured_and_ranked_beside_the_methods_of_Headrace()
    {
        await using var server = await RunningServer.StartAsync();

        var install = await server.CliAsync("methods", "install", Path.Combine(Repository.Root, Sample));
        await server.WaitForMethodAsync("benchop.mine.bseucallui");
        var run = await server.CliAsync("benchop", "run", "--problems", "1a,1b", "--methods", "mine,fgl,closed");
        var rank = await server.CliAsync("benchop", "rank", "--by", "problem", "--group", "together");
        var table = await server.CliAsync("benchop", "table");
        var unknown = await server.CliAsync("benchop", "run", "--problems", "1a", "--methods", "yours");

        Assert.True(install.Code == ExitCode.Done, install.Error);
        Assert.True(run.Code == ExitCode.Done, run.Error);
        Assert.Equal(
            ["closed", "fgl", "mine"],
            rank.Lines.Select(line => line.Split('\t')).Where(row => row[1] == "1a-I").Select(row => row[3]).Order()
        );
        Assert.Contains(
            table.Lines,
            line => line.StartsWith("1a-I\tmine\tgeneral\t3.0E-6\t", StringComparison.Ordinal)
        );
        Assert.Contains(
            table.Lines,
            line => line.EndsWith("There is no file BSamPutUI_mine.m.", StringComparison.Ordinal)
        );
        Assert.Equal(ExitCode.Usage, unknown.Code);
        Assert.Contains("From Octave files: mine.", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_fails_prints_hangs_or_returns_another_shape_says_so_in_its_cell_only()
    {
        await using var server = await RunningServer.StartAsync();
        const string price = "U = BSeuCallUI_exact (S, K, T, r, sig);";
        foreach (
            var (name, body) in (IEnumerable<(string, string)>)
                [
                    ("fails", "error ('the matrix is singular');"),
                    ("prints", $"printf ('one line\\n'); {price}"),
                    ("hangs", "while (true) end"),
                    ("shapeless", "U = S(1:2);"),
                    ("good", price),
                ]
        )
            Write($"BSeuCallUI_{name}.m", $"function U = BSeuCallUI_{name} (S, K, T, r, sig)\n  {body}\nend\n");
        // A function that the others call. Its name makes it a method as well.
        Write(
            "BSeuCallUI_exact.m",
            """
            function U = BSeuCallUI_exact (S, K, T, r, sig)
              d = (log (S / K) + (r + sig ^ 2 / 2) * T) / (sig * sqrt (T));
              N = @(x) erfc (-x / sqrt (2)) / 2;
              U = S .* N (d) - K * exp (-r * T) * N (d - sig * sqrt (T));
            end
            """
        );

        var install = await server.CliAsync("methods", "install", Path.Combine(server.Home, "functions"));
        Assert.True(install.Code == ExitCode.Done, install.Error);
        foreach (var name in (string[])["fails", "prints", "hangs", "shapeless", "good"])
            await server.WaitForMethodAsync($"benchop.{name}.bseucallui");
        using var process = server.StartCli(
            [],
            "benchop",
            "run",
            "--problems",
            "1a",
            "--methods",
            "fails,prints,hangs,shapeless,good",
            "--time-limit",
            "10s",
            "--json"
        );
        var run = await CliProcess.EndAsync(process, "benchop run", TimeSpan.FromMinutes(3));

        Assert.Equal(ExitCode.JobFailed, run.Code);
        var answers = run
            .Lines.Select(line => JsonElement.Parse(line))
            .ToDictionary(answer => answer.GetProperty("cell").GetProperty("method").GetString()!);
        Assert.Contains("the matrix is singular", Reason("fails"), StringComparison.Ordinal);
        Assert.Contains(
            "returned a 1x2 matrix; it must return 3 numbers",
            Reason("shapeless"),
            StringComparison.Ordinal
        );
        Assert.Contains("timeout", Reason("hangs"), StringComparison.Ordinal);
        Assert.Contains("The job exceeded its time limit of 25s.", Reason("hangs"), StringComparison.Ordinal);
        Assert.EndsWith(
            " The limit includes 15 s for the start of the process.",
            Reason("hangs"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "BSeuCallUI_prints prints output in each call, which takes time: 'one line'.",
            Assert.Single(answers["prints"].GetProperty("remarks").EnumerateArray()).GetString()
        );
        Assert.True(answers["prints"].GetProperty("cell").GetProperty("met").GetBoolean());
        Assert.True(answers["good"].GetProperty("cell").GetProperty("met").GetBoolean());
        Assert.True(answers["good"].GetProperty("cell").GetProperty("timing").GetProperty("calls").GetInt64() > 1);

        string Reason(string name) => answers[name].GetProperty("cell").GetProperty("reason").GetString()!;

        void Write(string file, string text)
        {
            Directory.CreateDirectory(Path.Combine(server.Home, "functions"));
            File.WriteAllText(Path.Combine(server.Home, "functions", file), text);
        }
    }
}
