using System.IO.Pipelines;
using System.Threading.Channels;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// Streams a batch: reads, validates and submits jobs in chunks while earlier chunks are committed and their answers
/// are written. When the channel is full, reading pauses, which slows down the sender.
/// </summary>
/// <remarks>
/// A job that cannot be read or submitted for any reason is rejected individually, so that the other answers still tell
/// the sender which jobs exist.
/// </remarks>
internal sealed partial class BatchPump(
    Admission admission,
    JobFinder finder,
    IBatchFormat format,
    Caller caller,
    BodyBudget.Reservation reservation,
    ILogger logger
)
{
    /// <summary>
    /// The maximum memory of one batch: four chunks of 1 MB, each with a last job of 2 MB (one being filled, one
    /// waiting for the channel, one in the channel, one being committed), an incomplete line (2 MB), and answers that
    /// the sender has not read (<see cref="AnswerBytes"/>). The memory is reserved as the jobs arrive.
    /// </summary>
    private const int Window = (4 * 3 << 20) + JobRequestReader.MaxBytes + AnswerBytes;

    /// <summary>
    /// Size in bytes of the buffer for unread answers, enough for about 40,000 lines. If a sender sends more jobs
    /// without reading the answers, it is blocked until it reads them.
    /// </summary>
    private const int AnswerBytes = 2 << 20;

    /// <summary>
    /// Number of bytes of memory reserved for each byte of input. This memory holds the input, the job that is parsed
    /// from it, and the answer, which can be longer than a short line of input.
    /// </summary>
    private const int BytesPerInputByte = 4;

    private readonly Channel<Task<IReadOnlyList<BatchAnswer>>> _chunks = Channel.CreateBounded<
        Task<IReadOnlyList<BatchAnswer>>
    >(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });

    /// <summary>
    /// The task of the last submitted chunk. If it fails, <see cref="WriteAsync"/> observes the exception.
    /// </summary>
    private Task _last = Task.CompletedTask;

    private bool _hasLogged;

    private readonly Pipe _answers = new(
        new PipeOptions(pauseWriterThreshold: AnswerBytes, resumeWriterThreshold: AnswerBytes / 2)
    );

    public async Task RunAsync(PipeReader input, PipeWriter output, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(
            StoppingAsync(ReadAsync(input, stop.Token), stop),
            StoppingAsync(WriteAsync(stop.Token), stop),
            StoppingAsync(_answers.Reader.CopyToAsync(output, stop.Token), stop)
        );
    }

    /// <summary>
    /// Awaits a task and cancels the other tasks if it fails, so that no task waits forever for a failed task.
    /// </summary>
    private static async Task StoppingAsync(Task part, CancellationTokenSource stop)
    {
        try
        {
            await part;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var chunk = new BatchChunk(capacity: 0);
        var last = false;
        var (arrived, unread) = (0L, 0L);
        while (!last)
        {
            var reading = input.ReadAsync(cancellationToken).AsTask();
            // Submits a partial chunk when no more input is available and the previous chunk has been answered. A few
            // lines are thus submitted without waiting for a full chunk, while many lines are committed together.
            if (!chunk.IsEmpty && await Task.WhenAny(reading, _last) != reading)
                chunk = await EnqueueAsync(chunk, cancellationToken);
            var read = await reading;
            var buffer = read.Buffer;
            arrived += buffer.Length - unread;
            var exhausted = reservation.GrowTo(Math.Min(Window, arrived * BytesPerInputByte));
            while (!last && format.TryTake(ref buffer, read.IsCompleted, out var frame))
            {
                last = frame.IsLast;
                await AddAsync(chunk, frame with { Problem = frame.Problem ?? exhausted }, cancellationToken);
                if (chunk.IsFull)
                    chunk = await EnqueueAsync(chunk, cancellationToken);
            }
            last |= read.IsCompleted;
            unread = buffer.Length;
            input.AdvanceTo(buffer.Start, buffer.End);
        }
        if (!chunk.IsEmpty)
            await EnqueueAsync(chunk, cancellationToken);
        _chunks.Writer.Complete();
    }

    private async ValueTask AddAsync(BatchChunk chunk, BatchFrame frame, CancellationToken cancellationToken)
    {
        var read = frame.Problem is { } problem ? problem : await ReadAsync(frame, cancellationToken);
        if (read.TryGet(out var job, out problem))
            chunk.Add(frame.Line, job);
        else
            chunk.Add(frame.Line, problem);
    }

    private async ValueTask<Result<NewJob>> ReadAsync(BatchFrame frame, CancellationToken cancellationToken)
    {
        try
        {
            if (!format.Read(frame.Bytes, caller).TryGet(out var job, out var problem))
                return problem;
            return await admission.PrepareAsync(job, cancellationToken);
        }
        catch (MailboxClosedException closed)
        {
            return Problem.Of(closed);
        }
#pragma warning disable CA1031 // An error of any type is the answer for that job and must not end the batch.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return Failed(fault, frame.Line);
        }
    }

    private async Task<IReadOnlyList<BatchAnswer>> SubmitAsync(BatchChunk chunk, CancellationToken cancellationToken)
    {
        try
        {
            return await chunk.SubmitAsync(
                admission,
                repeated => ReadStatesAsync(repeated, chunk.FirstLine, cancellationToken),
                cancellationToken
            );
        }
#pragma warning disable CA1031 // A failure of one chunk must not end the batch.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return chunk.RejectAll(Failed(fault, chunk.FirstLine));
        }
    }

    private async Task<IReadOnlyDictionary<JobId, JobState>> ReadStatesAsync(
        IReadOnlyCollection<JobId> jobs,
        int line,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await finder.StoredStatesAsync(jobs, cancellationToken);
        }
#pragma warning disable CA1031 // The jobs are on disk, so the answers must not look like rejections.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log(fault, line);
            return new Dictionary<JobId, JobState>();
        }
    }

    private Problem Failed(Exception fault, int line)
    {
        Log(fault, line);
        return Problem.Internal("The server failed to process this job. See the server's log for details.");
    }

    /// <summary>Logs only the first failure of the batch, because a batch can have millions of lines.</summary>
    private void Log(Exception fault, int line)
    {
        if (!_hasLogged)
            JobFailed(logger, new LoggedFault(fault), line);
        _hasLogged = true;
    }

    private async ValueTask<BatchChunk> EnqueueAsync(BatchChunk chunk, CancellationToken cancellationToken)
    {
        var submitted = SubmitAsync(chunk, cancellationToken);
        _last = submitted;
        await _chunks.Writer.WriteAsync(submitted, cancellationToken);
        return new BatchChunk(chunk.JobCount);
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await foreach (var chunk in _chunks.Reader.ReadAllAsync(cancellationToken))
        {
            foreach (var answer in await chunk)
                format.Write(answer, _answers.Writer);
            await _answers.Writer.FlushAsync(cancellationToken);
        }
        await _answers.Writer.CompleteAsync();
    }
}
