using Google.Protobuf;
using Headrace.Protocol.Wire;

namespace Headrace.Tests.Server;

/// <summary>A worker for one method that claims jobs and reports outcomes only when the test calls it.</summary>
internal sealed class FrontWorker(WireWorker wire, string method, uint version, string schema)
{
    private const uint Slots = 1_000;
    private const double Patience = 10;

    private readonly List<Lease> _held = [];

    public async Task<ExchangeReply> ExchangeAsync(double waitSeconds)
    {
        var request = wire.Next(waitSeconds, Slots);
        request.Offers.Clear();
        request.Offers.Add(
            new Offer
            {
                Method = method,
                Version = version,
                Schema = schema,
            }
        );
        request.LeasesHeld.AddRange(
            _held.Select(lease => new HeldLease
            {
                Job = lease.Job,
                Attempt = lease.Attempt,
                Started = true,
            })
        );
        var reply = await wire.SendAsync(request);
        _held.AddRange(reply.Leases.Select(leased => leased.Lease));
        return reply;
    }

    /// <summary>Waits for the method's next job and returns it.</summary>
    public async Task<LeasedJob> ClaimAsync()
    {
        var reply = await ExchangeAsync(Patience);
        return reply.Leases.Count == 1
            ? reply.Leases[0]
            : throw new InvalidOperationException($"Expected one lease of {method} but got {reply.Leases.Count}.");
    }

    public Task SucceedAsync(LeasedJob job, string result, string type = "text/plain") =>
        SucceedAsync(job, System.Text.Encoding.UTF8.GetBytes(result), type);

    public Task SucceedAsync(LeasedJob job, byte[] result, string type) =>
        EndAsync(
            new Outcome
            {
                Job = job.Job,
                Attempt = job.Attempt,
                Kind = Outcome.Types.Kind.Succeeded,
                Result = ByteString.CopyFrom(result),
                ContentType = type,
            }
        );

    public Task FailAsync(LeasedJob job, string message, bool retryable = false) =>
        EndAsync(
            new Outcome
            {
                Job = job.Job,
                Attempt = job.Attempt,
                Kind = Outcome.Types.Kind.Failed,
                Error = new Outcome.Types.Error
                {
                    Type = "Oops",
                    Message = message,
                    Retryable = retryable,
                },
            }
        );

    public async Task LogAsync(LeasedJob job, string lines)
    {
        var report = wire.Report();
        report.Logs.Add(
            new LogLines
            {
                Job = job.Job,
                Attempt = job.Attempt,
                Lines = ByteString.CopyFromUtf8(lines),
            }
        );
        await wire.SendAsync(report);
    }

    public async Task EndAsync(Outcome outcome)
    {
        await wire.SendAsync(wire.Report(outcome));
        _held.Remove(new Lease { Job = outcome.Job, Attempt = outcome.Attempt });
    }
}
