using Headrace.Core;
using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class ProcessEndTests
{
    [Theory]
    [InlineData(0, ExitKind.Ended, "exited normally")]
    [InlineData(75, ExitKind.Ended, "ignored its cancellation")]
    [InlineData(1, ExitKind.Exit, "code 1")]
    [InlineData(64, ExitKind.Exit, "settings")]
    [InlineData(128, ExitKind.Exit, "code 128")]
    [InlineData(137, ExitKind.Signal, "signal 9")]
    [InlineData(139, ExitKind.Signal, "signal 11")]
    [InlineData(255, ExitKind.Exit, "code 255")]
    internal void The_exit_code_says_how_it_ended(int code, ExitKind how, string words)
    {
        var end = ProcessEnd.Of(code, asked: false);

        Assert.Equal(how, end.How);
        Assert.Contains(words, end.Message);
        Assert.Equal(code == 64, end.IsPermanent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    [InlineData(143)]
    [InlineData(1)]
    public void A_process_that_was_asked_to_stop_did_not_crash(int code) // R10
    {
        Assert.Equal(ExitKind.Ended, ProcessEnd.Of(code, asked: true).How);
    }
}
