using Headrace.Core;
using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class ProcessEndTests
{
    [Theory]
    [InlineData(0, DeathKind.Ended, "in order")]
    [InlineData(75, DeathKind.Ended, "ignored its cancellation")]
    [InlineData(1, DeathKind.Exit, "code 1")]
    [InlineData(64, DeathKind.Exit, "settings")]
    [InlineData(128, DeathKind.Exit, "code 128")]
    [InlineData(137, DeathKind.Signal, "signal 9")]
    [InlineData(139, DeathKind.Signal, "signal 11")]
    [InlineData(255, DeathKind.Exit, "code 255")]
    internal void The_exit_code_says_how_it_ended(int code, DeathKind how, string words)
    {
        var end = ProcessEnd.Of(code, asked: false);

        Assert.Equal(how, end.How);
        Assert.Contains(words, end.Words);
        Assert.Equal(code == 64, end.Hopeless);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    [InlineData(143)]
    [InlineData(1)]
    public void Who_was_asked_to_end_did_not_die(int code) // R10
    {
        Assert.Equal(DeathKind.Ended, ProcessEnd.Of(code, asked: true).How);
    }
}
