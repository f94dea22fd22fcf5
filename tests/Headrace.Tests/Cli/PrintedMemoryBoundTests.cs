using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Tests that <c>headrace up</c> prints the memory bound that follows from its settings (R13).</summary>
[Trait("Needs", "Servers")]
public sealed class PrintedMemoryBoundTests
{
    private static readonly (string, string)[] Settings =
    [
        ("HEADRACE_MEMORY__JOBS", "12345"),
        ("HEADRACE_MEMORY__BYTES", "7340032"),
    ];

    private static readonly MemoryBound Expected = new(Jobs: 12_345, ParamsBytes: 7 << 20);

    [Fact]
    public async Task With_json_the_first_line_contains_the_bound_in_bytes()
    {
        await using var server = await RunningServer.StartAsync(Settings);

        Assert.Equal(Expected.Bytes, server.MemoryBytes);
    }

    [Fact]
    public async Task Without_json_a_line_states_the_bound_and_its_parts()
    {
        using var home = new TemporaryFolder();
        using var server = CliProcess.Start(
            home.Path,
            [.. Settings, ("XDG_RUNTIME_DIR", home.Path)],
            "up",
            "--port",
            "0",
            "--workers",
            "0",
            "--data",
            Path.Combine(home.Path, "data")
        );
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Headrace.Tests.Server.Eventually.WithProcesses);
        string? line;
        do
            line = await server.StandardOutput.ReadLineAsync(late.Token);
        while (line?.StartsWith("Memory", StringComparison.Ordinal) == false);
        Signals.Send("TERM", server.Id);
        var end = await CliProcess.EndAsync(server, "up");

        Assert.True(end.Code == 0, end.Error);
        Assert.Equal($"Memory    {Expected}", line);
    }
}
