using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// Some consecutive jobs of a batch that go to the shard as one command, and between them those that were refused at
/// the door.
/// </summary>
internal sealed class BatchChunk
{
    /// <summary>A chunk is full at so many bytes; the job that fills it may add 2 MB.</summary>
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

    /// <summary>One answer a line, in order. A closed door refuses the jobs of this chunk and no others.</summary>
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
