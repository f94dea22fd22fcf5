using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// Consecutive jobs in a batch that are sent to the shard in one command, together with any rejected entries between
/// them.
/// </summary>
/// <param name="capacity">The expected number of jobs. An empty chunk takes no memory for them.</param>
internal sealed class BatchChunk(int capacity)
{
    /// <summary>
    /// Size in bytes at which a chunk is full. The last job can make a chunk up to 2 MB larger than this.
    /// </summary>
    private const long FullBytes = 1 << 20;

    private readonly List<(int Line, Problem? Problem)> _lines = [];
    private readonly List<NewJob> _jobs = [];
    private long _bytes;

    public int FirstLine => _lines[0].Line;

    public int JobCount => _jobs.Count;

    public bool IsEmpty => _lines.Count == 0;

    public bool IsFull => _lines.Count >= Limits.JobsPerCommand || _bytes >= FullBytes;

    public void Add(int line, NewJob job)
    {
        if (_jobs.Count == 0)
        {
            _lines.EnsureCapacity(capacity);
            _jobs.EnsureCapacity(capacity);
        }
        _lines.Add((line, null));
        _jobs.Add(job);
        _bytes += job.Spec.InputBytes;
    }

    public void Add(int line, Problem problem) => _lines.Add((line, problem));

    /// <summary>
    /// Submits the jobs and returns one answer per entry, in order. If the mailbox is closed, only the jobs in this
    /// chunk are rejected.
    /// </summary>
    /// <param name="admission">Submits the jobs.</param>
    /// <param name="readStatesAsync">
    /// Reads the states of resubmitted jobs that have ended, because the shard knows only unfinished jobs. This
    /// function must not fail, because the jobs are already on disk. If it omits a job, the answer for that job
    /// contains no state.
    /// </param>
    /// <param name="cancellationToken">Ends the wait when the caller disconnects.</param>
    public async Task<IReadOnlyList<BatchAnswer>> SubmitAsync(
        Admission admission,
        Func<IReadOnlyCollection<JobId>, Task<IReadOnlyDictionary<JobId, JobState>>> readStatesAsync,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var results = _jobs.Count == 0 ? [] : await admission.SubmitAsync(_jobs, cancellationToken);
            var unknown = results
                .Where(result => result is { Rejection: null, State: JobState.None })
                .Select(result => result.Id)
                .Distinct()
                .ToList();
            return Answers(results, await readStatesAsync(unknown));
        }
        catch (MailboxClosedException closed)
        {
            return RejectAll(Problem.Of(closed));
        }
    }

    /// <summary>Returns this problem as the answer for every job.</summary>
    public IReadOnlyList<BatchAnswer> RejectAll(Problem problem) =>
        [.. _lines.Select(l => new BatchAnswer(l.Line, default, default, l.Problem ?? problem))];

    private BatchAnswer[] Answers(IReadOnlyList<SubmitResult> results, IReadOnlyDictionary<JobId, JobState> states)
    {
        var answers = new BatchAnswer[_lines.Count];
        var next = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            var (line, problem) = _lines[i];
            if (problem is not null)
            {
                answers[i] = new BatchAnswer(line, default, default, problem);
                continue;
            }
            var result = results[next++];
            answers[i] = new BatchAnswer(
                line,
                result.Id,
                result.State == JobState.None ? states.GetValueOrDefault(result.Id) : result.State,
                result.Rejection is { } rejection ? Problem.Of(rejection) : null
            )
            {
                Repeated = result.Repeated,
            };
        }
        return answers;
    }
}
