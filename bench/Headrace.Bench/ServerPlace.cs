using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Headrace.Protocol.Local;
using Headrace.Server.Pools.Local;

namespace Headrace.Bench;

/// <summary>
/// The folder, port and settings of the measured server. Every start uses the same folder and port, so clients reach
/// the server at the same address.
/// </summary>
internal sealed record ServerPlace(string Data, string Folder, int Port, int Workers)
{
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// If not null, the server supervises a single worker with this many slots in a pool. If null, it has as many
    /// workers as <see cref="Workers"/> states, with one slot each.
    /// </summary>
    public int? SlotsOfOnlyWorker { get; init; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>The file that contains the standard error output of all servers that use this folder.</summary>
    public string Log => Path.Combine(Folder, "server.log");

    public string Key => File.ReadAllText(LocalPaths.AdminKey(Data)).Trim();

    public IReadOnlyList<string> Arguments =>
        [
            "up",
            "--json",
            "--data",
            Data,
            "--port",
            Port.ToString(CultureInfo.InvariantCulture),
            .. SlotsOfOnlyWorker is { } slots
                ? (string[])
                    [
                        "--pools",
                        $"only command={StartedProgram.MeasuredProgram()},worker,start,--slots,{slots} min=1 max=1",
                    ]
                : ["--workers", Workers.ToString(CultureInfo.InvariantCulture)],
        ];

    /// <summary>
    /// The environment variables of the server: its settings, and a separate folder for the file that describes the
    /// running server, so that other <c>headrace</c> commands do not find it.
    /// </summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>(Settings) { ["XDG_STATE_HOME"] = Path.Combine(Folder, "state") };

    /// <summary>
    /// The process ids of the local workers whose server listens on <paramref name="socket"/>, including workers that
    /// outlived it.
    /// </summary>
    public static IReadOnlyList<int> LocalWorkers(string socket) =>
        [.. ProcessTable.Workers().Where(worker => worker.Server == $"unix:{socket}").Select(worker => worker.Process)];

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
