using System.Diagnostics;
using System.Text.RegularExpressions;
using Headrace.Apps.Sha512.Engine;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Apps.Hashing;

/// <summary>Runs the engine's tests in child processes with some of the processor's instructions disabled.</summary>
[Trait("Speed", "Slow")]
public sealed partial class KernelPathTests
{
    /// <summary>The environment variable that tells the child process which kernel it must select.</summary>
    public const string Expected = "HEADRACE_TEST_KERNEL";

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "AVX2, 4 lanes")]
    [InlineData("DOTNET_EnableAVX2", "the framework's SHA512, 1 lane")]
    [InlineData("DOTNET_EnableHWIntrinsic", "the framework's SHA512, 1 lane")]
    public async Task Every_test_of_the_engine_passes_with_instructions_disabled(string setting, string kernel)
    {
        var child = await RunAsync(["--filter-class", $"*.{nameof(EngineTests)}"], (setting, "0"), (Expected, kernel));

        Assert.True(child.Exit == 0, child.Output);
        Assert.DoesNotContain("total: 0", child.Output, StringComparison.Ordinal);
    }

    // If a kernel's loop contains calls, its digests are still correct but it runs at a fifth of the speed. This test
    // therefore inspects the compiled code. The measured speeds are in bench/results/sha512.md.
    [Theory]
    [InlineData("1")]
    [InlineData("0")]
    public async Task The_JIT_inlines_every_operation_into_the_compression(string avx512)
    {
        using var folder = new TemporaryFolder();
        var listing = Path.Combine(folder.Path, "listing.txt");

        var child = await RunAsync(
            [
                "--filter-method",
                $"*.{nameof(EngineTests.Every_kernel_gives_the_published_digests)}",
                $"*.{nameof(EngineTests.A_long_item_keeps_its_lane_and_shows_its_progress_slice_by_slice)}",
            ],
            ("DOTNET_EnableAVX512", avx512),
            ("DOTNET_JitDisasm", nameof(Compression<,>.Apply)),
            ("DOTNET_JitStdOutFile", listing)
        );

        Assert.True(child.Exit == 0, child.Output);
        var text = await File.ReadAllTextAsync(listing, TestContext.Current.CancellationToken);
        var methods = MethodHeading()
            .Split(text)
            .Where(method => method.StartsWith($"{typeof(Compression<,>).FullName}[", StringComparison.Ordinal))
            .ToList();
        // With AVX-512, the compression is compiled three times: for one and for two AVX-512 groups, and for AVX2.
        // Without AVX-512, it is compiled only for AVX2.
        Assert.Equal(avx512 == "1" && Kernel.Best.Lanes == 16 ? 3 : 1, methods.Count);
        Assert.All(methods, method => Assert.DoesNotMatch(CallInstruction(), method));
        Assert.Equal(methods.Count - 1, methods.Count(method => method.Contains("zmm", StringComparison.Ordinal)));
    }

    private static async Task<(int Exit, string Output)> RunAsync(
        string[] filter,
        params (string Name, string Value)[] environment
    )
    {
        using var results = new TemporaryFolder();
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            [.. filter, "--progress", "off", "--minimum-expected-tests", "1", "--results-directory", results.Path]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child
            .WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        return (child.ExitCode, await output + await errors);
    }

    [GeneratedRegex("^; Assembly listing for method ", RegexOptions.Multiline)]
    private static partial Regex MethodHeading();

    [GeneratedRegex(@"^\s+call\b", RegexOptions.Multiline)]
    private static partial Regex CallInstruction();
}
