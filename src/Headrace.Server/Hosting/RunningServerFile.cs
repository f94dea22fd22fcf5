using Headrace.Core;
using Headrace.Protocol.Local;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The file that the same user's command line reads to find this server. The server works without this file, so a
/// folder that is not writable is reported once but is not an error. For example, the home folder of a service
/// is often read-only.
/// </summary>
internal sealed partial class RunningServerFile(RunningServer content, ILogger logger)
{
    private string? _path;
    private bool _reported;

    /// <summary>Writes the file if it does not exist.</summary>
    public void Restore()
    {
        if (_path is not null && File.Exists(_path))
            return;
        try
        {
            _path = content.Write();
            _reported = false;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or HeadraceException)
        {
            if (!_reported)
                NotWritten(logger, refused.Message.TrimEnd('.'), content.Url);
            _reported = true;
        }
    }

    public void Delete()
    {
        if (_path is not null)
            LocalSocket.Delete(_path);
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The command line cannot find this server by itself, because its file cannot be written: {Why}. Set "
            + "XDG_STATE_HOME to a folder that can be written, or use --server {Url} with HEADRACE_KEY"
    )]
    private static partial void NotWritten(ILogger logger, string why, string url);
}
