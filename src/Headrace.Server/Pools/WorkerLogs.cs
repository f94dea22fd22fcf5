namespace Headrace.Server.Pools;

/// <summary>One line that a worker wrote to its standard output or standard error.</summary>
/// <param name="Number">The number of the line, counted from 1 for each worker name.</param>
/// <param name="At">When the server read the line.</param>
/// <param name="ProcessId">The id of the process that wrote the line.</param>
/// <param name="Text">The line, of at most 4 KB.</param>
internal readonly record struct WorkerLogLine(long Number, DateTimeOffset At, int ProcessId, string Text);

/// <summary>
/// The latest output of each worker that this server started, including workers that have exited. The output is stored
/// by worker name, so the log continues when a worker is restarted. Thread-safe; lost when the server stops.
/// </summary>
internal sealed class WorkerLogs(TimeProvider time)
{
    /// <summary>Maximum number of lines per worker.</summary>
    public const int MaxLines = 1_000;

    /// <summary>Maximum number of characters per worker, which limits the memory if the lines are long.</summary>
    public const int MaxCharacters = 64 << 10;

    /// <summary>
    /// Maximum number of workers. If another worker writes output, the least recently written log is dropped. All logs
    /// together occupy at most about 48 MB.
    /// </summary>
    public const int MaxWorkers = 256;

    private readonly Lock _lock = new();

    // Guarded by the lock.
    private readonly Dictionary<string, Tail> _tails = [];
    private readonly LinkedList<string> _byLastWrite = [];

    /// <summary>Adds a line. The oldest lines of the worker are dropped when a limit is reached.</summary>
    public void Add(string worker, int processId, string text)
    {
        TaskCompletionSource written;
        lock (_lock)
        {
            var tail = TailOf(worker);
            tail.Add(new WorkerLogLine(++tail.LastNumber, time.GetUtcNow(), processId, text));
            written = tail.Written;
            tail.Written = NewSignal();
        }
        written.SetResult();
    }

    /// <summary>
    /// Returns the lines after the given number, oldest first, or null if this worker has written nothing. If there
    /// are more than <paramref name="top"/>, returns the first ones after <paramref name="after"/>, or the last ones
    /// if <paramref name="after"/> is null. If no line has the number <paramref name="after"/> yet, the number comes
    /// from an earlier server, so all lines are returned.
    /// </summary>
    public IReadOnlyList<WorkerLogLine>? Read(string worker, long? after, int top)
    {
        lock (_lock)
        {
            if (!_tails.TryGetValue(worker, out var tail) || tail.LastNumber == 0)
                return null;
            var last = after <= tail.LastNumber ? after : 0;
            var lines = tail.Lines.Where(line => line.Number > last).ToList();
            return after is null ? [.. lines.TakeLast(top)] : [.. lines.Take(top)];
        }
    }

    /// <summary>
    /// Completes when this worker has written a line with a number greater than <paramref name="after"/>.
    /// </summary>
    public Task WaitAsync(string worker, long after, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var tail = TailOf(worker);
            return tail.LastNumber <= after ? tail.Written.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
        }
    }

    /// <summary>The names of the workers with output, most recently written first.</summary>
    public IReadOnlyList<string> Workers
    {
        get
        {
            lock (_lock)
                return [.. _byLastWrite.Reverse().Where(worker => _tails[worker].LastNumber > 0)];
        }
    }

    private Tail TailOf(string worker)
    {
        if (_tails.TryGetValue(worker, out var tail))
        {
            _byLastWrite.Remove(tail.Place);
            _byLastWrite.AddLast(tail.Place);
            return tail;
        }
        if (_tails.Count == MaxWorkers)
        {
            _tails.Remove(_byLastWrite.First!.Value);
            _byLastWrite.RemoveFirst();
        }
        return _tails[worker] = new Tail(_byLastWrite.AddLast(worker));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Tail(LinkedListNode<string> place)
    {
        private long _characters;

        public LinkedListNode<string> Place { get; } = place;

        public Queue<WorkerLogLine> Lines { get; } = [];

        public long LastNumber { get; set; }

        /// <summary>Completes when the next line is added.</summary>
        public TaskCompletionSource Written { get; set; } = NewSignal();

        public void Add(WorkerLogLine line)
        {
            Lines.Enqueue(line);
            _characters += line.Text.Length;
            while (Lines.Count > MaxLines || _characters > MaxCharacters)
                _characters -= Lines.Dequeue().Text.Length;
        }
    }
}
