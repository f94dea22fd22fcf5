using System.Globalization;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// How one worker process runs, from its arguments, its environment and the notes of running servers.
/// </summary>
internal sealed record WorkerSettings(ServerEndpoint Server, string? Key, WorkerIdentity Self, WorkerRules Rules)
{
    private const int MostSlots = 1_024;

    /// <summary>The settings; or none, and every fault, each with the value and the remedy.</summary>
    public static WorkerSettings? Read(IReadOnlyList<string> args, WorkerSurroundings around, List<string> faults)
    {
        var rules = new WorkerRules { Slots = Slots(args, faults), OrphanGrace = OrphanGrace(around, faults) };
        var self = new WorkerIdentity(Name(around, faults), Incarnation(around, faults), Pool(around, faults));
        var notes = around.Servers();
        var server = Find(around, notes, faults);
        if (faults.Count > 0 || server is null)
            return null;
        return new WorkerSettings(
            server,
            around.Variable(WorkerProcess.Key) ?? LocalKey.Of(server, notes, around.KeyFile),
            self,
            rules
        );
    }

    private static int Slots(IReadOnlyList<string> args, List<string> faults)
    {
        var slots = 1;
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (name != "--slots")
                faults.Add($"The argument '{args[i]}' is not known. A worker takes --slots N.");
            else if (
                !int.TryParse(
                    value ?? (++i < args.Count ? args[i] : null),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out slots
                ) || slots is < 1 or > MostSlots
            )
                faults.Add(
                    $"--slots {value ?? (i < args.Count ? args[i] : "")} is not a number from 1 to "
                        + $"{MostSlots}: how many jobs run at once."
                );
        }
        return slots;
    }

    private static TimeSpan OrphanGrace(WorkerSurroundings around, List<string> faults)
    {
        if (around.Variable(WorkerProcess.OrphanGrace) is not { } text)
            return new WorkerRules().OrphanGrace;
        if (!DurationText.TryParse(text, out var grace))
            faults.Add(
                $"{WorkerProcess.OrphanGrace} is '{text}'. Give {DurationText.Words}: how long a server that "
                    + "is gone is looked for."
            );
        return grace;
    }

    private static WorkerName Name(WorkerSurroundings around, List<string> faults)
    {
        if (around.Variable(WorkerProcess.Name) is { } given)
        {
            if (!WorkerName.TryParse(given, out var name))
                faults.Add(
                    $"{WorkerProcess.Name} is '{given}'. Give 1 to 64 characters of a-z, 0-9, '.', '_' and "
                        + "'-', beginning with a letter or digit."
                );
            return name;
        }
        var host = string.Concat(
                around
                    .Host.ToLowerInvariant()
                    .Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' ? c : '-')
            )
            .TrimStart('-', '.');
        return new WorkerName($"{(host.Length == 0 ? "host" : host[..Math.Min(host.Length, 48)])}-{around.ProcessId}");
    }

    private static Incarnation Incarnation(WorkerSurroundings around, List<string> faults)
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
                $"{WorkerProcess.Incarnation} is '{text}'. It is 16 hexadecimal digits, not all 0, given by "
                    + "whoever started this process; leave it out to start a worker by hand."
            );
        return new Incarnation(bits);
    }

    private static string Pool(WorkerSurroundings around, List<string> faults)
    {
        var pool = around.Variable(WorkerProcess.Pool) ?? "default";
        // A pool is named like a worker or a queue.
        if (!QueueName.TryParse(pool, out _))
            faults.Add(
                $"{WorkerProcess.Pool} is '{pool}'. Give 1 to 64 characters of a-z, 0-9, '.', '_' and '-', "
                    + "beginning with a letter or digit."
            );
        return pool;
    }

    private static ServerEndpoint? Find(WorkerSurroundings around, IReadOnlyList<ServerNote> notes, List<string> faults)
    {
        if (around.Variable(WorkerProcess.Server) is { } text)
        {
            if (!ServerEndpoint.TryParse(text, out var named))
                faults.Add($"{WorkerProcess.Server} is '{text}'. Give {ServerEndpoint.Shape}.");
            return named;
        }
        if (notes.Select(ServerEndpoint.Of).FirstOrDefault(found => found is not null) is { } local)
            return local;
        faults.Add(
            $"No server is running here, and {WorkerProcess.Server} does not name one. Start one with "
                + $"`headrace up`, or set {WorkerProcess.Server} to {ServerEndpoint.Shape}."
        );
        return null;
    }
}
