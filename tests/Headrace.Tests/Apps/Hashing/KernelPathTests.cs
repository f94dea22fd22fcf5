using System.Diagnostics;
using Headrace.Apps.Sha512.Engine;
using Xunit;

namespace Headrace.Tests.Apps.Hashing;

/// <summary>The engine's tests again, in processes that may not use what this processor has.</summary>
public sealed class KernelPathTests
{
    /// <summary>Tells a child which kernel it must find.</summary>
    public const string Expected = "HEADRACE_TEST_KERNEL";

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "AVX2, 4 lanes")]
    [InlineData("DOTNET_EnableAVX2", "the framework's SHA512, 1 lane")]
    [InlineData("DOTNET_EnableHWIntrinsic", "the framework's SHA512, 1 lane")]
    public async Task Every_test_of_the_engine_holds_where_instructions_are_switched_off(string setting, string kernel)
    {
        var child = await RunAsync(nameof(EngineTests), (setting, "0"), (Expected, kernel));

        Assert.True(child.Exit == 0, child.Words);
        Assert.DoesNotContain("total: 0", child.Words, StringComparison.Ordinal);
    }

    // A kernel that the JIT compiled badly (calls in the loop, state in memory) is right and five to ten times slower:
    // only its rate shows it.
    [Fact]
    public void The_chain_is_many_times_as_fast_as_the_frameworks() => Assert.Equal([], SlowKernels());

    [Fact]
    public async Task The_AVX2_chain_is_too_where_the_JIT_cannot_turn_it_into_AVX512()
    {
        var child = await RunAsync(
            nameof(KernelPathTests),
            ("DOTNET_EnableAVX512", "0"),
            (Expected, "AVX2, 4 lanes"),
            method: nameof(The_chain_is_many_times_as_fast_as_the_frameworks)
        );

        Assert.True(child.Exit == 0, child.Words);
    }

    private static List<string> SlowKernels()
    {
        var slow = new List<string>();
        foreach (var kernel in Kernel.All.SkipLast(1))
        {
            // Both aims are half of what was measured (26 and 6 times), for a machine that does other things beside.
            var floor = kernel.Lanes == 16 ? 10.0 : 2.5;
            var ratio = Enumerable.Range(0, 7).Select(_ => Rate(kernel) / Rate(Kernel.All[^1])).Order().ElementAt(3);
            TestContext.Current.TestOutputHelper!.WriteLine($"{kernel.Words}: {ratio:0.0} times the framework's rate");
            if (ratio < floor)
                slow.Add($"{kernel.Words}: {ratio:0.0} times, not {floor}");
        }
        return slow;
    }

    /// <summary>
    /// Hashes per nanosecond of the thread's processor time: what other processes take does not count.
    /// </summary>
    private static double Rate(Kernel kernel)
    {
        using var memory = new LaneMemory();
        var times = kernel.Lanes == 1 ? 20_000 : 10_000;
        var before = Headrace.Worker.Exchange.BootClock.ThreadNanoseconds();
        kernel.Chain(memory, kernel.Lanes, times);
        return (double)kernel.Lanes * times / (Headrace.Worker.Exchange.BootClock.ThreadNanoseconds() - before);
    }

    private static async Task<(int Exit, string Words)> RunAsync(
        string type,
        (string Name, string Value) setting,
        (string Name, string Value) expected,
        string? method = null
    )
    {
        using var results = new Headrace.Tests.Cli.TemporaryFolder();
        var filter = method is null
            ? new[] { "--filter-class", $"*.{type}" }
            : ["--filter-method", $"*.{type}.{method}"];
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            [.. filter, "--progress", "off", "--minimum-expected-tests", "1", "--results-directory", results.Path]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (start.Environment[setting.Name], start.Environment[expected.Name]) = (setting.Value, expected.Value);
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child
            .WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        return (child.ExitCode, await output + await errors);
    }
}
