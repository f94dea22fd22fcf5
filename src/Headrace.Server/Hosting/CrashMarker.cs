using System.Text;
using Headrace.Core;
using Headrace.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// A file that marks the store as possibly damaged because the store failed or the server ended during startup. The
/// next start of the server checks the database before it serves requests (R5). A server that is killed while it serves
/// requests leaves no marker: its database is intact, and the next start needs no check.
/// </summary>
internal sealed partial class CrashMarker(string folder, string database, TimeProvider time)
{
    /// <summary>
    /// Time limit for the check. At 300 MB/s, the check covers 18 GB of pages in this time. If the limit is reached
    /// before any damage is found, the server starts, and the marker is kept until a clean stop.
    /// </summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMinutes(1);

    private readonly string _path = Path.Combine(folder, "unclean");
    private bool _checkPath;

    public bool NeedsCheck => File.Exists(_path);

    /// <summary>
    /// Checks the database file without changing it. Throws <see cref="StartRefusedException"/> if it is damaged.
    /// </summary>
    public async Task CheckAsync(ILogger logger)
    {
        Checking(logger, database, Budget.TotalSeconds, await ReadReasonAsync());
        var begin = time.GetTimestamp();
        try
        {
            _checkPath = !await Task.Run(() => StoreCheck.Run(database, Budget, time));
        }
        catch (HeadraceException damaged)
        {
            throw new StartRefusedException(ServerExit.Failed, damaged.Message);
        }
        var seconds = time.GetElapsedTime(begin).TotalSeconds;
        if (_checkPath)
            SoundSoFar(logger, database, seconds);
        else
            Sound(logger, database, seconds);
    }

    /// <summary>
    /// Marks the server start as incomplete. If the process ends before <see cref="OnServing"/> is called, the next
    /// start checks the database.
    /// </summary>
    public void Create()
    {
        if (!_checkPath)
            Write("the previous start did not complete.");
    }

    public void OnServing()
    {
        if (!_checkPath)
            Delete();
    }

    public void Delete() => Try(() => File.Delete(_path));

    /// <summary>Marks the store as possibly damaged.</summary>
    public void Write(string why) =>
        Try(() =>
        {
            using var file = new FileStream(_path, FileMode.Create, FileAccess.Write);
            file.Write(Encoding.UTF8.GetBytes(why));
            file.Flush(flushToDisk: true);
        });

    private async Task<string> ReadReasonAsync()
    {
        try
        {
            return await File.ReadAllTextAsync(_path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return unreadable.Message;
        }
    }

    private static void Try(Action change)
    {
        try
        {
            change();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The disk error that made the store fail may make this write fail as well. The next start then skips the
            // check, and damage is detected only when the affected pages are read.
        }
    }
}
