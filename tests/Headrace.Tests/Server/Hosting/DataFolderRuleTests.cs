using Headrace.Server.Hosting;
using Headrace.Server.Machine;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class DataFolderRuleTests : IDisposable
{
    private const uint Me = 1_000;
    private const uint Stranger = 1_001;

    private readonly ThrowAwayFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("700", Me)]
    [InlineData("755", Me)]
    [InlineData("755", 0u)]
    public void A_folder_that_only_its_user_or_root_can_write_is_accepted(string mode, uint owner) =>
        Assert.Null(Refusal(mode, owner));

    [Theory]
    [InlineData("777", Me)]
    [InlineData("775", Me)]
    [InlineData("1777", 0u)]
    public void A_folder_that_others_can_write_is_rejected_with_its_mode_and_the_remedy(string mode, uint owner)
    {
        var refusal = Refusal(mode, owner);

        Assert.Contains($"mode {mode}", refusal, StringComparison.Ordinal);
        Assert.Contains("chmod go-w /data", refusal, StringComparison.Ordinal);
        Assert.Contains("--data /data/headrace", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_another_user_is_rejected() =>
        Assert.Contains($"belongs to user {Stranger}", Refusal("700", Stranger), StringComparison.Ordinal);

    [Fact]
    public void A_server_does_not_start_on_a_folder_that_others_can_write()
    {
        Directory.CreateDirectory(_root["data"]);
        File.SetUnixFileMode(_root["data"], (UnixFileMode)Convert.ToInt32("777", 8));

        var refused = Assert.Throws<StartRefusedException>(() => DataFolder.Lock(_root["data"]));

        Assert.Equal(ServerExit.NotAllowed, refused.Exit);
        Assert.Contains("chmod go-w", refused.Message, StringComparison.Ordinal);
    }

    private static string? Refusal(string mode, uint owner) =>
        DataFolderRule.Refusal(
            new FileStatus(default, owner, (UnixFileMode)Convert.ToInt32(mode, 8), IsLink: false),
            Me,
            "/data"
        );
}
