using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Backs up and restores a data folder as docs/operations.md describes.</summary>
[Trait("Needs", "Servers")]
public sealed class BackUpTests
{
    [Fact]
    public async Task A_restored_copy_of_the_data_folder_continues_from_the_moment_of_the_copy()
    {
        await using var server = await RunningServer.StartAsync();
        var (data, copy) = (Path.Combine(server.Home, "data"), Path.Combine(server.Home, "copy"));
        var body = server.Write("body", "abc"u8.ToArray());
        Assert.Equal(0, (await server.CliAsync("run", "sha512", "--input", body)).Code);
        Assert.Equal(0, (await server.CliAsync("submit", "noop", "--at", "2099-01-01T00:00:00Z")).Code);
        var before = await ServerView.ReadAsync(server);
        Assert.Equal(0, await server.StopAsync());
        CopyFolder(data, copy);

        await server.StartAgainAsync();
        Assert.Equal(0, (await server.CliAsync("jobs", "cancel", "2")).Code);
        Assert.Equal(0, (await server.CliAsync("run", "sha512", "--input", body)).Code);
        Assert.Equal(0, await server.StopAsync());
        Directory.Delete(data, recursive: true);
        Directory.Move(copy, data);
        await server.StartAgainAsync();

        Assert.Equal(before, await ServerView.ReadAsync(server));
    }

    private static void CopyFolder(string from, string to)
    {
        using var copying = CliProcess.StartShell(from, $"cp -a '{from}' '{to}'");
        Assert.True(copying.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, copying.ExitCode);
    }

    /// <summary>The jobs on a server, as users see them.</summary>
    private sealed record ServerView(string Jobs, string Result)
    {
        public static async Task<ServerView> ReadAsync(RunningServer server)
        {
            var jobs = await server.CliAsync("jobs", "list", "--json");
            var result = await server.CliAsync("results", "get", "1");
            Assert.Equal((0, 0), (jobs.Code, result.Code));
            return new ServerView(jobs.Out, result.Out);
        }
    }
}
