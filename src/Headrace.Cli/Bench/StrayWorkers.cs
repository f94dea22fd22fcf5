using System.Text;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Bench;

/// <summary>
/// Worker processes of one server that are there, whoever is their parent now: their environment names its socket.
/// </summary>
internal static class StrayWorkers
{
    public static IReadOnlyList<int> Of(string socket)
    {
        if (socket.Length == 0 || !Directory.Exists("/proc"))
            return [];
        var mark = Encoding.UTF8.GetBytes($"{WorkerProcess.Server}=unix:{socket}\0");
        return
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(folder => int.TryParse(Path.GetFileName(folder), out var process) ? process : 0)
                .Where(process => process > 0 && Has(process, mark)),
        ];
    }

    private static bool Has(int process, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{process}/environ").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile, or another user's.
            return false;
        }
    }
}
