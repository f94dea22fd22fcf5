using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;

namespace Headrace.Simulation;

/// <summary>
/// A client that writes to the registry, with commands and with submissions. It bases its writes on the versions in the
/// replies that it has received. These versions may be outdated. Every write stores different content, which consists
/// of the call number, the number of the unit that is written atomically, and the write number.
/// </summary>
internal sealed class SimRegistryClient(World world) : IEndpoint
{
    private static readonly (string Kind, string Id)[] Names =
    [
        ("key", "a"),
        ("key", "b"),
        ("user", "a"),
        ("user", "b"),
    ];

    private readonly Dictionary<(string, string), long> _known = [];
    private readonly Dictionary<long, IReadOnlyList<RegistryWrite>> _sent = [];
    private long _calls;

    public string Name => "registry client";

    public void Write(int choice, int detail)
    {
        var call = ++_calls;
        if (choice % 3 == 0)
            Submit(call, choice, detail);
        else
            Send(call, new Command.WriteRegistry(Unit(call, 0, choice, detail)));
    }

    public void Receive(long call, Response? response)
    {
        if (!_sent.Remove(call, out var writes))
            return;
        if (response is Response.RegistryConflict { Conflict: var conflict })
            _known[(conflict.Kind, conflict.Id)] = conflict.ActualVersion;
        if (response is not Response.RegistryWritten written)
            return;
        for (var i = 0; i < writes.Count; i++)
            if (writes[i] is RegistryWrite.Put put)
                _known[(put.Kind, put.Id)] = written.Versions[i];
    }

    private void Submit(long call, int choice, int detail)
    {
        var jobs = new NewJob[1 + (choice % 2)];
        for (var i = 0; i < jobs.Length; i++)
            jobs[i] = new NewJob(
                new JobSpec
                {
                    Queue = new QueueName("a"),
                    Method = new MethodName("noop"),
                    Owner = "sim",
                },
                default
            )
            {
                RegistryWrites = Unit(call, i, choice + i, detail >> i),
            };
        Send(call, new Command.Submit(jobs));
    }

    private void Send(long call, Command command)
    {
        if (command is Command.WriteRegistry write)
            _sent.Add(call, write.Writes);
        world.RegistryOracle.OnSent(call, command);
        world.Network.Send(new Message.Request(this, call, command));
    }

    /// <summary>Returns one to three writes to different documents and records.</summary>
    private RegistryWrite[] Unit(long call, int unit, int choice, int detail)
    {
        var writes = new RegistryWrite[1 + ((choice >> 3) % 3)];
        for (var i = 0; i < writes.Length; i++)
        {
            var (kind, id) = Names[(choice + i) % Names.Length];
            var content = Encoding.UTF8.GetBytes($"\"{call}/{unit}/{i}\"");
            writes[i] = ((detail >> (3 * i)) & 7) switch
            {
                0 => new RegistryWrite.Delete(kind, id, Expected(kind, id, detail >> i)),
                1 => new RegistryWrite.AppendRecord(kind, content),
                2 => new RegistryWrite.PutRecord(kind, id, content),
                3 => new RegistryWrite.RemoveRecord(kind, id),
                4 => new RegistryWrite.Expect(kind, id, Expected(kind, id, detail >> i)),
                _ => new RegistryWrite.Put(kind, id, content, Expected(kind, id, detail >> i)),
            };
        }
        return writes;
    }

    private long Expected(string kind, string id, int choice) =>
        (choice % 4) switch
        {
            0 => RegistryWrite.AnyVersion,
            1 => RegistryWrite.Absent,
            _ => _known.GetValueOrDefault((kind, id), RegistryWrite.Absent),
        };
}
