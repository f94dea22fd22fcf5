using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// Consecutive jobs of a batch that are sent to the shard in one command, together with the entries between them that
/// have already been rejected.
/// </summary>
internal sealed class BatchChunk
{
    /// <summary>
    /// Size in bytes at which a chunk is full. Because of its last job, a chunk can be up to 2 MB larger.
    /// </summary>
    private const long FullBytes = 1 << 20;

    private readonly List<(int Line, Problem? Problem)> _lines = [];
    private readonly List<NewJob> _jobs = [];
    private long _bytes;

    public bool IsEmpty => _lines.Count == 0;

    public bool IsFull => _lines.Count >= Limits.JobsPerCommand || _bytes >= FullBytes;

    public void Add(int line, NewJob job)
    {
        _lines.Add((line, null));
        _jobs.Add(job);
        _bytes += job.Spec.InputBytes;
    }

    public void Add(int line, Problem problem) => _lines.Add((line, problem));

    /// <summary>
    /// Submits the jobs and returns one answer per entry, in order. If the mailbox is closed, only the jobs of this
    /// chunk are rejected.
    /// </summary>
    public async Task<IReadOnlyList<BatchAnswer>> SubmitAsync(Admission admission, CancellationToken cancellationToken)
    {
        try
        {
            return Answers(_jobs.Count == 0 ? [] : await admission.SubmitAsync(_jobs, cancellationToken));
        }
        catch (MailboxClosedException closed)
        {
            var problem = Problem.Of(closed);
            return [.. _lines.Select(l => new BatchAnswer(l.Line, default, default, l.Problem ?? problem))];
        }
    }

    private BatchAnswer[] Answers(IReadOnlyList<SubmitResult> results)
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
                result.State,
                result.Rejection is { } rejection ? Problem.Of(rejection) : null
            );
        }
        return answers;
    }
}
