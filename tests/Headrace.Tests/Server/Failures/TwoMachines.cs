using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>The ways in which the link between two machines can be cut.</summary>
public enum LinkFault
{
    /// <summary>One end of the cable is unplugged.</summary>
    BothWays,

    /// <summary>The packets to the server are lost; those to the worker arrive.</summary>
    ToServer,

    /// <summary>The packets to the worker are lost; those to the server arrive.</summary>
    ToWorker,
}

/// <summary>
/// Two kernel network namespaces, connected by a virtual cable. Processes in them reach each other through the kernel's
/// TCP, like processes on two machines, and share only the file system. Creating namespaces requires root.
/// </summary>
internal sealed class TwoMachines : IAsyncDisposable
{
    public const string ServerAddress = "10.231.77.1";
    private const string WorkerAddress = "10.231.77.2";
    private const string Device = "cable";

    /// <summary>No device has this hardware address, so the receiver drops the packets that are sent to it.</summary>
    private const string Nobody = "02:00:00:00:00:01";

    private static int _created;

    private TwoMachines(string name) => (ServerMachine, WorkerMachine) = ($"{name}s", $"{name}w");

    /// <summary>The namespace of the server.</summary>
    public string ServerMachine { get; }

    /// <summary>The namespace of the worker.</summary>
    public string WorkerMachine { get; }

    public static async Task<TwoMachines> CreateAsync()
    {
        var machines = new TwoMachines(
            string.Create(
                CultureInfo.InvariantCulture,
                $"headrace-{Environment.ProcessId}-{Interlocked.Increment(ref _created)}"
            )
        );
        try
        {
            await IpAsync($"netns add {machines.ServerMachine}");
            await IpAsync($"netns add {machines.WorkerMachine}");
            await IpAsync(
                $"link add {Device} netns {machines.ServerMachine} type veth peer name {Device} netns "
                    + machines.WorkerMachine
            );
            foreach (var (machine, address) in machines.Addresses)
            {
                await IpAsync($"-n {machine} address add {address}/30 dev {Device}");
                await IpAsync($"-n {machine} link set lo up");
                await IpAsync($"-n {machine} link set {Device} up");
            }
            return machines;
        }
        catch
        {
            await machines.DisposeAsync();
            throw;
        }
    }

    public Task CutAsync(LinkFault fault) =>
        fault switch
        {
            LinkFault.BothWays => IpAsync($"-n {WorkerMachine} link set {Device} down"),
            LinkFault.ToServer => MisdirectAsync(WorkerMachine, ServerAddress),
            _ => MisdirectAsync(ServerMachine, WorkerAddress),
        };

    public Task HealAsync(LinkFault fault) =>
        fault switch
        {
            LinkFault.BothWays => IpAsync($"-n {WorkerMachine} link set {Device} up"),
            LinkFault.ToServer => IpAsync($"-n {WorkerMachine} neighbor delete {ServerAddress} dev {Device}"),
            _ => IpAsync($"-n {ServerMachine} neighbor delete {WorkerAddress} dev {Device}"),
        };

    public async ValueTask DisposeAsync()
    {
        // Deleting a namespace deletes its end of the cable, which also deletes the other end.
        foreach (var (machine, _) in Addresses)
            if (File.Exists($"/run/netns/{machine}"))
                await IpAsync($"netns delete {machine}");
    }

    private (string Machine, string Address)[] Addresses =>
        [(ServerMachine, ServerAddress), (WorkerMachine, WorkerAddress)];

    /// <summary>From now on, directs all packets from a machine to an address that no machine has.</summary>
    private static Task MisdirectAsync(string machine, string to) =>
        IpAsync($"-n {machine} neighbor replace {to} lladdr {Nobody} dev {Device} nud permanent");

    private static async Task IpAsync(string arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true }
        )!;
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Eventually.WithProcesses);
        Assert.True(process.ExitCode == 0, $"ip {arguments} failed (this test needs root): {await error}");
    }
}
