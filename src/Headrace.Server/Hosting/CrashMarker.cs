using System.Text;
using Headrace.Core;
using Headrace.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The mark beside a store that a server left in doubt: its store broke, or it ended while it was starting. The next
/// start looks through the file before it serves (R5).
/// A server that was killed while it served leaves no mark: its file is whole, and its next start loses no time.
/// </summary>
internal sealed partial class CrashMarker(string folder, string database, TimeProvider time)
{
    /// <summary>
    /// The longest look: at 300 MB/s, 18 GB of pages. Past it the server serves what has shown no damage so far, and
    /// the mark stays until a clean stop.
    /// </summary>
    private static readonly TimeSpan Budget = TimeSpan.FromMinutes(1);

    private readonly string _path = Path.Combine(folder, "unclean");
    private bool _checkPath;

    public bool NeedsCheck => File.Exists(_path);

    /// <summary>
    /// Looks through the file. Throws <see cref="StartRefusedException"/> for a damaged one, which it leaves as it is.
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

    /// <summary>From here to <see cref="OnServing"/> an end is one of a start that did not come through.</summary>
    public void Create()
    {
        if (!_checkPath)
            Write("The start before this one did not come to its end.");
    }

    public void OnServing()
    {
        if (!_checkPath)
            Delete();
    }

    public void Delete() => Try(() => File.Delete(_path));

    /// <summary>The store is in doubt.</summary>
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
            // The disk that broke the store may refuse the mark too. Then the next start loads without a look first,
            // and meets damage where it lies.
        }
    }
}
