using System.Diagnostics;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Sdk;

/// <summary>Checks the Python sources, and runs the tests that are written in Python.</summary>
public sealed class PythonSourceTests
{
    /// <summary>Parses every file named on standard input as Python 3.9 code, and prints the errors.</summary>
    private const string Parse = """
        import ast, sys
        for path in sys.stdin.read().split():
            try:
                ast.parse(open(path, encoding="utf-8").read(), path, feature_version=(3, 9))
            except SyntaxError as fault:
                print(f"{path}:{fault.lineno}: {fault.msg}")
        """;

    [Fact]
    public async Task Every_file_is_valid_Python_3_9()
    {
        var files = Repository.Files("sdk/python", "*.py").Concat(Repository.Files("samples", "*.py")).ToList();

        var (code, output) = await RunAsync(["-c", Parse], string.Join('\n', files));

        Assert.InRange(files.Count, 10, int.MaxValue);
        Assert.Equal((0, ""), (code, output));
    }

    [Fact]
    public async Task The_tests_in_Python_pass()
    {
        var (code, output) = await RunAsync([
            "-m",
            "unittest",
            "discover",
            "-s",
            "sdk/python/tests",
            "-t",
            "sdk/python",
        ]);

        Assert.True(code == 0, output);
        Assert.Matches(@"Ran \d\d+ tests", output);
    }

    private static async Task<(int Code, string Output)> RunAsync(IEnumerable<string> arguments, string input = "")
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(1));
        using var python = Process.Start(
            new ProcessStartInfo("python3", arguments)
            {
                WorkingDirectory = Repository.Root,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1", ["PYTHONPATH"] = "sdk/python" },
            }
        )!;
        await python.StandardInput.WriteAsync(input);
        python.StandardInput.Close();
        var (output, error) = (
            python.StandardOutput.ReadToEndAsync(late.Token),
            python.StandardError.ReadToEndAsync(late.Token)
        );
        await python.WaitForExitAsync(late.Token);
        return (python.ExitCode, await output + await error);
    }
}
