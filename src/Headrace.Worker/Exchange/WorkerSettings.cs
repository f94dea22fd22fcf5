using System.Globalization;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Contains the settings of one worker process, read from its arguments, its environment and the running-server files.
/// </summary>
internal sealed record WorkerSettings(ServerEndpoint Server, string? Key, WorkerIdentity Self, WorkerRules Rules)
{
    public const int MaxSlots = 1_024;

    /// <summary>
    /// Returns the settings. If they are not valid, returns null and adds every error, with the value and a remedy, to
    /// <paramref name="faults"/>.
    /// </summary>
    public static WorkerSettings? Read(IReadOnlyList<string> args, WorkerEnvironment around, List<string> faults)
    {
        var rules = new WorkerRules { Slots = Slots(args, faults), OrphanGrace = OrphanGrace(around, faults) };
        var self = new WorkerIdentity(Name(around, faults), Incarnation(around, faults), Pool(around, faults));
        var server = FindServer(around, faults);
        return faults.Count > 0 || server is null ? null : new WorkerSettings(server.Endpoint, server.Key, self, rules);
    }

    /// <summary>Returns the number of slots, or 1 if the arguments are not valid.</summary>
    public static int SlotsOf(IReadOnlyList<string> args) =>
        Slots(args, []) is var slots and >= 1 and <= MaxSlots ? slots : 1;

    private static int Slots(IReadOnlyList<string> args, List<string> faults)
    {
        var slots = 1;
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (name != "--slots")
                faults.Add($"Unknown argument '{args[i]}'. A worker accepts --slots N, --describe and --help.");
            else if (
                !int.TryParse(
                    value ?? (++i < args.Count ? args[i] : null),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out slots
                ) || slots is < 1 or > MaxSlots
            )
                faults.Add(
                    $"--slots is '{value ?? (i < args.Count ? args[i] : "")}', which is not valid. Specify the "
                        + $"number of jobs to run at the same time, from 1 to {MaxSlots}."
                );
        }
        return slots;
    }

    private static TimeSpan OrphanGrace(WorkerEnvironment around, List<string> faults)
    {
        if (around.Variable(WorkerProcess.OrphanGrace) is not { } text)
            return new WorkerRules().OrphanGrace;
        if (!DurationText.TryParse(text, out var grace))
            faults.Add(
                $"{WorkerProcess.OrphanGrace} is '{text}', which is not valid. Use {DurationText.Format} to set "
                    + "how long the worker tries to reconnect to an unreachable server before it exits."
            );
        return grace;
    }

    private static WorkerName Name(WorkerEnvironment around, List<string> faults)
    {
        if (around.Variable(WorkerProcess.Name) is { } given)
        {
            if (!WorkerName.TryParse(given, out var name))
                faults.Add(
                    $"{WorkerProcess.Name} is '{given}', which is not valid. Use 1 to 64 characters from a-z, "
                        + "0-9, '.', '_' and '-', starting with a letter or digit."
                );
            return name;
        }
        var host = string.Concat(
                around
                    .Host.ToLowerInvariant()
                    .Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' ? c : '-')
            )
            .TrimStart('-', '.');
        // The process id helps users find the process. It is not enough to identify the worker: it may be 1 in every
        // container, and a restarted worker may get the same process id as its predecessor, whose name stays in use for
        // the duration of a lease.
        return new WorkerName(
            $"{(host.Length == 0 ? "host" : host[..Math.Min(host.Length, 40)])}-{around.ProcessId}-"
                + $"{around.RandomBits() & 0xFFFFFFFF:x8}"
        );
    }

    private static Incarnation Incarnation(WorkerEnvironment around, List<string> faults)
    {
        if (around.Variable(WorkerProcess.Incarnation) is not { } text)
            return new Incarnation(around.RandomBits());
        if (
            text.Length != 16
            || !ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits)
        )
            bits = 0;
        if (bits == 0)
            faults.Add(
                $"{WorkerProcess.Incarnation} is '{text}', which is not valid. Use 16 hexadecimal digits, not all 0. "
                    + "A supervisor sets this variable; unset it to start a worker manually."
            );
        return new Incarnation(bits);
    }

    private static string Pool(WorkerEnvironment around, List<string> faults)
    {
        var pool = around.Variable(WorkerProcess.Pool) ?? "default";
        // Pool names follow the rules for queue and worker names.
        if (!QueueName.TryParse(pool, out _))
            faults.Add(
                $"{WorkerProcess.Pool} is '{pool}', which is not valid. Use 1 to 64 characters from a-z, 0-9, "
                    + "'.', '_' and '-', starting with a letter or digit."
            );
        return pool;
    }

    /// <summary>Returns the key that the supervisor passed through a file descriptor; null if it passed none.</summary>
    private static string? InheritedKeyOf(WorkerEnvironment around, List<string> faults)
    {
        if (around.Variable(WorkerProcess.KeyDescriptor) is not { } text)
            return null;
        var fault = "it is not the number of a file descriptor";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor))
        {
            try
            {
                if (around.ReadDescriptor(descriptor).Trim() is { Length: > 0 } key)
                    return key;
                fault = "the descriptor contains no key";
            }
            catch (Exception unreadable)
                when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
            {
                fault = $"the descriptor cannot be read ({unreadable.Message.TrimEnd('.')})";
            }
        }
        faults.Add(
            $"{WorkerProcess.KeyDescriptor} is '{text}', but {fault}. A supervisor sets this variable; unset it to "
                + $"start a worker manually, and set {WorkerProcess.Key} to a key."
        );
        return null;
    }

    private static ServerDiscovery? FindServer(WorkerEnvironment around, List<string> faults)
    {
        try
        {
            return ServerDiscovery.Find(server: null, InheritedKeyOf(around, faults), around.Sources);
        }
        catch (Exception notFound) when (notFound is ArgumentException or HeadraceException)
        {
            faults.Add(notFound.Message);
            return null;
        }
    }
}
