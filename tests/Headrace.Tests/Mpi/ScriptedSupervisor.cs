using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Headrace.Tests.Cli;
using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Mpi;

/// <summary>
/// Acts as the worker of a rank group under a test's control: listens, starts the ranks with a launcher, and exchanges
/// frames with them.
/// </summary>
internal sealed class ScriptedSupervisor : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private const ulong Epoch = 7_000_000_000;

    private readonly TemporaryFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _late = CancellationTokenSource.CreateLinkedTokenSource(
        TestContext.Current.CancellationToken
    );
    private readonly BlockingCollection<(int Rank, char Type, byte[] Content)> _frames = [];
    private readonly ConcurrentDictionary<int, Socket> _ranks = [];
    private readonly ConcurrentDictionary<int, int> _heartbeats = [];
    private readonly List<Task> _tasks = [];
    private Task<CliProcess>? _run;
    private uint _lastId;

    private ScriptedSupervisor()
    {
        _late.CancelAfter(Deadline);
    }

    /// <summary>Starts a group and waits until it is ready for jobs.</summary>
    public static async Task<ScriptedSupervisor> StartAsync(string launcher, string method, int ranks = 2)
    {
        var supervisor = new ScriptedSupervisor();
        await supervisor.StartRanksAsync(launcher, method, ranks);
        return supervisor;
    }

    public int Heartbeats(int rank) => _heartbeats.GetValueOrDefault(rank);

    /// <summary>Sends jobs without content in one call, each with a trace context.</summary>
    public List<uint> CallTraced(params string[] traces)
    {
        for (var i = 0; i < traces.Length; i++)
            Send(new WarmFrame.Trace(_lastId + 1 + (uint)i, traces[i]));
        return Call([.. traces.Select(_ => ("", ""))]);
    }

    /// <summary>Sends jobs in one call, and returns the ids by which they are identified on the connection.</summary>
    public List<uint> Call(params (string Params, string Body)[] jobs)
    {
        var call = jobs.Select(job => new WarmJob(
                ++_lastId,
                1_000 + _lastId,
                3,
                Encoding.UTF8.GetBytes(job.Params),
                "",
                Encoding.UTF8.GetBytes(job.Body)
            ))
            .ToList();
        Send(new WarmFrame.CallJobs(call));
        return [.. call.Select(job => job.Id)];
    }

    public void Send(WarmFrame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        WarmCodec.Write(bytes, frame);
        _ranks[0].Send(bytes.WrittenSpan);
    }

    /// <summary>Returns the next frame from a rank that is not a heartbeat.</summary>
    public (int Rank, WarmFrame Frame) Next()
    {
        try
        {
            var (rank, type, content) = _frames.Take(_late.Token);
            byte[] bytes = [0, 0, 0, 0, (byte)type, .. content];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, content.Length + 1);
            return (rank, WarmCodec.TryRead(bytes, out _, out _)!);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"No frame arrived within {Deadline}. The ranks have exited: {_run!.IsCompleted}"
            );
        }
    }

    /// <summary>Returns the frames that end jobs, by id, and adds all other frames to a list.</summary>
    public Dictionary<uint, WarmFrame> Ends(int count, List<WarmFrame>? others = null)
    {
        var ends = new Dictionary<uint, WarmFrame>();
        while (ends.Count < count)
        {
            var (_, frame) = Next();
            if (frame is WarmFrame.Result result)
                ends.Add(result.Id, result);
            else if (frame is WarmFrame.Error error)
                ends.Add(error.Id, error);
            else
                others?.Add(frame);
        }
        return ends;
    }

    /// <summary>Stops the group and returns how it exited.</summary>
    public Task<CliProcess> StopAsync()
    {
        Send(new WarmFrame.Stop());
        return ExitAsync();
    }

    /// <summary>Returns how the group exited.</summary>
    public async Task<CliProcess> ExitAsync() => await _run!.WaitAsync(_late.Token);

    /// <summary>Closes the connections, as if the worker had crashed.</summary>
    public void CloseConnections()
    {
        foreach (var socket in _ranks.Values)
            socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        CloseConnections();
        _listener.Dispose();
        // The ranks exit when their connections close.
        if (_run is not null)
            await _run.WaitAsync(TimeSpan.FromSeconds(60));
        await Task.WhenAll(_tasks);
        _late.Dispose();
        _frames.Dispose();
        _folder.Dispose();
    }

    private async Task StartRanksAsync(string launcher, string method, int ranks)
    {
        var path = Path.Combine(_folder.Path, "s");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _run = MpiProgram.RunRanksAsync(
            launcher,
            ranks,
            ("HEADRACE_RANK_SOCKET", path),
            ("HEADRACE_METHOD", $"{method}@1"),
            ("HEADRACE_GROUP_EPOCH", $"{Epoch}"),
            ("HEADRACE_RANKS", $"{ranks}"),
            ("HEADRACE_MPI", launcher == "mpiexec.openmpi" ? "openmpi" : "mpich")
        );
        for (var i = 0; i < ranks; i++)
        {
            var accepted = _listener.AcceptAsync(_late.Token).AsTask();
            if (await Task.WhenAny(accepted, _run) == _run)
                throw new InvalidOperationException($"The ranks exited before they joined: {await _run}");
            var socket = await accepted;
            var (type, join) = await ReadFrameAsync(socket);
            Assert.Equal('j', type);
            Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(join));
            Assert.Equal((uint)ranks, BinaryPrimitives.ReadUInt32LittleEndian(join.AsSpan(8)));
            Assert.Equal(Epoch, BinaryPrimitives.ReadUInt64LittleEndian(join.AsSpan(12)));
            var rank = (int)BinaryPrimitives.ReadUInt32LittleEndian(join.AsSpan(4));
            Assert.True(_ranks.TryAdd(rank, socket), $"Rank {rank} has joined twice.");
            _tasks.Add(ReadAllAsync(rank, socket));
        }
        Assert.Equal(Enumerable.Range(0, ranks), _ranks.Keys.Order());
        Send(new WarmFrame.Hello(1, 256, $"{method}@1"));
        Assert.Equal((0, new WarmFrame.Ready(2)), Next());
    }

    private async Task ReadAllAsync(int rank, Socket socket)
    {
        try
        {
            while (true)
            {
                var (type, content) = await ReadFrameAsync(socket);
                if (type == 'b')
                    _heartbeats.AddOrUpdate(rank, 1, static (_, count) => count + 1);
                else
                    _frames.Add((rank, type, content));
            }
        }
        catch (Exception closed)
            when (closed
                    is EndOfStreamException
                        or SocketException
                        or ObjectDisposedException
                        or OperationCanceledException
            )
        {
            // The rank has exited, or the test has ended.
        }
    }

    private async Task<(char Type, byte[] Content)> ReadFrameAsync(Socket socket)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(await ReadAsync(socket, 4));
        var frame = await ReadAsync(socket, length);
        return ((char)frame[0], frame[1..]);
    }

    private async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
            read += await socket.ReceiveAsync(bytes.AsMemory(read), _late.Token) is > 0 and var more
                ? more
                : throw new EndOfStreamException();
        return bytes;
    }
}
