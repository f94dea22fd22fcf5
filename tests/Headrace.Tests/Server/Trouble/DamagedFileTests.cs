using Headrace.Storage.Sqlite;
using Xunit;

namespace Headrace.Tests.Server.Trouble;

/// <summary>Tests real server processes that use a database file in which some bytes have been changed.</summary>
[Trait("Needs", "Servers")]
public sealed class DamagedFileTests : IDisposable
{
    private readonly ThrowAwayFolder _data = new();

    private string Store => _data["headrace.db"];

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_damaged_page_found_while_loading_fails_the_start_with_the_file_name_and_the_remedy_R5()
    {
        await MakeAsync();
        Damage("job");

        var (code, errors) = await ServerUnderTrouble.RefusedAsync(_data.Path);

        Assert.Equal(1, code);
        Named(errors);
    }

    [Fact]
    public async Task The_check_after_a_failure_finds_damage_that_loading_would_miss_and_leaves_the_file_unchanged_R5()
    {
        await MakeAsync();
        Damage("done_queue");
        await File.WriteAllTextAsync(_data["unclean"], "The store failed.", TestContext.Current.CancellationToken);
        var before = await File.ReadAllBytesAsync(Store, TestContext.Current.CancellationToken);

        var (code, errors) = await ServerUnderTrouble.RefusedAsync(_data.Path);

        Assert.Equal(1, code);
        Named(errors);
        Assert.Contains("The store failed.", errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Store, TestContext.Current.CancellationToken));
        Assert.True(
            File.Exists(_data["unclean"]),
            "The store must stay marked as possibly damaged until it is restored."
        );
    }

    [Fact]
    public async Task After_a_failed_load_the_next_start_checks_the_file_R5()
    {
        await MakeAsync();
        Damage("job");
        await ServerUnderTrouble.RefusedAsync(_data.Path);

        var (code, errors) = await ServerUnderTrouble.RefusedAsync(_data.Path);

        Assert.Equal(1, code);
        Assert.Contains("Checking", errors, StringComparison.Ordinal);
        Named(errors);
    }

    private void Named(string errors)
    {
        var last = errors.TrimEnd().Split('\n')[^1];
        Assert.Contains(Store, last, StringComparison.Ordinal);
        Assert.Contains("Restore a backup", last, StringComparison.Ordinal);
    }

    /// <summary>Creates a store that contains a few jobs, and closes it cleanly.</summary>
    private async Task MakeAsync()
    {
        await using var server = await ServerUnderTrouble.StartAsync(_data.Path);
        var worker = server.Worker();
        await worker.SendAsync(worker.Next());
        await server.AcknowledgedAsync(3);
        Assert.Equal(0, await server.StopAsync());
    }

    /// <summary>Inverts the byte that holds the page type in the first page of a B-tree.</summary>
    private void Damage(string tree)
    {
        long page;
        using (var database = Database.Open(Store, writable: false, TimeSpan.Zero))
            page = database.QueryLong($"SELECT rootpage FROM sqlite_schema WHERE name = '{tree}'");
        using var file = File.Open(Store, FileMode.Open);
        file.Position = (page - 1) * 16_384;
        var first = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)~first);
    }
}
