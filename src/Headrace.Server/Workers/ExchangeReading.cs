using System.Runtime.CompilerServices;
using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Schemas;
using How = Headrace.Protocol.Exchange.PredecessorHow;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using OnLost = Headrace.Protocol.Exchange.OfferOnLost;
using Wire = Headrace.Protocol.Exchange;

namespace Headrace.Server.Workers;

/// <summary>Converts a worker message to a command, or to a problem that lists each error with its path.</summary>
/// <remarks>
/// The command does not refer to the buffer of the message. Results and logs are copied to arrays of exactly their
/// size, so that the buffer can be returned to its pool immediately. A result stays in the batch and in the payload
/// cache longer than its message. If the result were a slice of the buffer, a few bytes could keep megabytes in memory
/// that are not counted against any limit.
/// </remarks>
internal sealed class ExchangeReading
{
    /// <summary>Maximum number of slots per worker. A larger number is assumed to be an error.</summary>
    private const int MaxSlots = 10_000;

    /// <summary>Maximum number of methods that a worker offers. A larger number is assumed to be an error.</summary>
    private const int MaxOffers = 1_000;

    /// <summary>Maximum number of errors in a reply. A message can contain hundreds of thousands of leases.</summary>
    private const int MaxErrors = 20;

    private const int MaxRuntimeInfoLength = 200;
    private const int MaxUnavailableLength = Limits.UnavailableLength;

    private readonly List<FaultReply> _errors = [];
    private int _errorCount;

    private ExchangeReading() { }

    public static Result<Command> Read(string route, Wire.ExchangeRequest request)
    {
        var reading = new ExchangeReading();
        var command = reading.Command(route, request);
        if (reading._errors.Count == 0)
            return command;
        if (reading._errorCount > MaxErrors)
            reading._errors.Add(new FaultReply("$", $"has {reading._errorCount - MaxErrors} more errors."));
        var words = string.Join(" ", reading._errors.Select(fault => $"{fault.Path}: {fault.Message}"));
        return new Problem(ProblemKinds.BadRequest, words) { Errors = reading._errors };
    }

    private Command Command(string route, Wire.ExchangeRequest request)
    {
        var message = Message(route, request);
        var held = new HeldLease[request.LeasesHeld.Count];
        for (var i = 0; i < held.Length; i++)
            held[i] = Held(request.LeasesHeld[i], i);
        Require(request.ExchangeNumber <= long.MaxValue, "$.exchange_number", "must be less than 2^63.");
        if (request.ExchangeNumber > 0)
            return new Command.Exchange(
                message,
                (long)request.ExchangeNumber,
                Wait(request.Wait),
                Predecessor(request.Predecessor),
                held,
                request.Draining
            );
        Require(request.Predecessor is null, "$.predecessor", "is allowed only in exchange 1, not in a report.");
        Require(!request.Draining, "$.draining", "is allowed only in an exchange, not in a report.");
        return new Command.Report(message, held);
    }

    private WorkerMessage Message(string route, Wire.ExchangeRequest request)
    {
        Require(WorkerName.TryParse(request.Worker, out var name), "$.worker", $"must be {NameFormat.Description}.");
        Require(
            request.Worker == route,
            "$.worker",
            $"is '{QuotedText.Clip(request.Worker)}', but the worker in the path is '{route}'."
        );
        Require(
            request.Incarnation != 0,
            "$.incarnation",
            "is missing. Use a new random 64-bit value other than 0 for each worker process."
        );
        Require(
            request.Store.Length == 0 || IsStore(request.Store),
            "$.store",
            "must be 32 hexadecimal digits, or empty if the worker does not know its store."
        );
        Require(
            request.Pool.Length == 0 || NameFormat.IsValid(request.Pool),
            "$.pool",
            $"must be {NameFormat.Description}."
        );
        Require(request.Slots <= MaxSlots, "$.slots", $"must be at most {MaxSlots}.");
        Require(request.Prefetch <= MaxSlots, "$.prefetch", $"must be at most {MaxSlots}.");
        Require(request.ExchangeNumber == 0 || request.Slots > 0, "$.slots", "must be at least 1.");
        Require(
            request.SharedSlots <= request.Slots,
            "$.sharedSlots",
            $"must be at most {request.Slots}, the value of slots."
        );
        return new WorkerMessage(new LeaseHolder(name, new Incarnation(request.Incarnation)))
        {
            Store = request.Store.Length == 0 ? null : new StoreId(request.Store),
            Pool = request.Pool,
            Slots = (int)request.Slots,
            Prefetch = (int)request.Prefetch,
            SharedSlots = (int)request.SharedSlots,
            Offers = Offers(request),
            Outcomes = Outcomes(request.Outcomes),
            Logs = Logs(request.Logs),
        };
    }

    private Outcome[] Outcomes(List<Wire.Outcome> wire)
    {
        var outcomes = new Outcome[wire.Count];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = Outcome(wire[i], i);
        return outcomes;
    }

    private LogLines[] Logs(List<Wire.LogLines> wire)
    {
        var logs = new LogLines[wire.Count];
        for (var i = 0; i < logs.Length; i++)
        {
            var (lease, lines) = wire[i];
            RequireLease(lease, "logs", i);
            logs[i] = new LogLines(lease, Tail(lines).ToArray());
        }
        return logs;
    }

    private List<Offer> Offers(Wire.ExchangeRequest request)
    {
        var offers = new List<Offer>();
        Require(
            request.Offers.Count <= MaxOffers,
            "$.offers",
            $"has {request.Offers.Count} methods; the limit is {MaxOffers}."
        );
        if (request.Offers.Count > MaxOffers)
            return offers;
        var seen = new HashSet<(string, uint)>();
        foreach (var (i, wire) in request.Offers.Index())
        {
            Require(
                MethodName.TryParse(wire.Method, out var method),
                $"$.offers[{i}].method",
                $"must be {NameFormat.Description}."
            );
            Require(wire.Version is > 0 and <= int.MaxValue, $"$.offers[{i}].version", "must be 1 or more.");
            RequireSchema(wire.Schema, i, "schema");
            RequireSchema(wire.ResultSchema, i, "result_schema");
            Require(
                wire.Slots <= Limits.SlotsPerJob,
                $"$.offers[{i}].slots",
                $"is {wire.Slots}, but a job can take at most {Limits.SlotsPerJob} slots."
            );
            Require(wire.MaxBatch <= 1, $"$.offers[{i}].max_batch", "is not supported. Leave it out.");
            Require(
                wire.RuntimeInfo.Length <= MaxRuntimeInfoLength,
                $"$.offers[{i}].runtime_info",
                $"must have at most {MaxRuntimeInfoLength} characters."
            );
            Require(
                wire.Unavailable.Length <= MaxUnavailableLength,
                $"$.offers[{i}].unavailable",
                $"must have at most {MaxUnavailableLength} characters."
            );
            Require(
                seen.Add((wire.Method, wire.Version)),
                $"$.offers[{i}]",
                $"offers {QuotedText.Clip(wire.Method)}@{wire.Version} twice."
            );
            offers.Add(
                new Offer(method, (int)wire.Version, wire.Schema)
                {
                    ResultSchema = wire.ResultSchema,
                    Slots = Math.Max(1, (int)wire.Slots),
                    LossPolicy = Loss(wire, i),
                    Retry = Retry(wire.RetryPolicy, i),
                    RuntimeInfo = wire.RuntimeInfo,
                    Unavailable = wire.Unavailable,
                }
            );
        }
        return offers;
    }

    private LossPolicy Loss(Wire.Offer wire, int offer)
    {
        Require(wire.OnLost is OnLost.Retry or OnLost.Fail, $"$.offers[{offer}].on_lost", "must be retry or fail.");
        Require(
            wire.MaxWorkerCrashes is null or <= int.MaxValue,
            $"$.offers[{offer}].max_worker_crashes",
            "must be 0 or more."
        );
        Require(
            wire.MaxLostLeases is null or > 0 and <= int.MaxValue,
            $"$.offers[{offer}].max_lost_leases",
            "must be 1 or more."
        );
        var fails = wire.OnLost == OnLost.Fail;
        return new LossPolicy
        {
            FailWhenLost = fails,
            Exclusive = fails || wire.Exclusive,
            MaxWorkerCrashes = (int?)wire.MaxWorkerCrashes ?? LossPolicy.Default.MaxWorkerCrashes,
            MaxLostLeases = (int?)wire.MaxLostLeases ?? LossPolicy.Default.MaxLostLeases,
        };
    }

    private RetryOptions Retry(Wire.Retry? wire, int offer)
    {
        if (wire is null)
            return RetryOptions.None;
        var options = Wire.WireRetry.ToOptions(wire);
        if (RetryText.Fault(options) is { } fault)
            Require(false, $"$.offers[{offer}].retry_policy", $"is not valid: {fault}");
        return options;
    }

    private HeldLease Held(in Wire.HeldLease wire, int i)
    {
        Progress? progress = null;
        if (wire.Progress is { } said)
        {
            Require(
                said.Fraction is >= 0 and <= 1,
                $"$.leases_held[{i}].progress.fraction",
                "must be between 0 and 1."
            );
            progress = new Progress(
                said.Fraction,
                said.Text.Length == 0 ? null : TextLimits.Truncate(said.Text, TextLimits.Line)
            );
        }
        RequireLease(wire.Lease, "leases_held", i);
        if (wire.StartedAt is { } at)
            Require(at.IsTimestamp, $"$.leases_held[{i}].started_at", "is not a valid timestamp.");
        return new HeldLease(
            wire.Lease,
            wire.Started,
            wire.Finished,
            progress,
            wire.StartedAt is { IsTimestamp: true } started ? started.ToInstant() : null
        );
    }

    private Outcome Outcome(Wire.Outcome wire, int i)
    {
        RequireLease(wire.Lease, "outcomes", i);
        Require(
            wire.Kind is >= Kind.Succeeded and <= Kind.Crashed,
            $"$.outcomes[{i}].kind",
            "must be succeeded, failed, rejected, timed_out, cancelled, released, lost, too_large or crashed."
        );
        Require(
            wire.Payload is null,
            $"$.outcomes[{i}].payload",
            "is not supported. Send the result in the member 'result', or report too_large."
        );
        Require(
            !wire.Isolated || wire.Kind == Kind.Crashed,
            $"$.outcomes[{i}].isolated",
            "is allowed only if kind is crashed."
        );
        // The enums of the protocol and of Core use the same numeric values, which never change.
        return new Outcome(wire.Lease, (OutcomeKind)wire.Kind)
        {
            Isolated = wire.Isolated,
            Result = wire.Result.ToArray(),
            // An outcome must not be lost because its content type cannot be sent as a header.
            ContentType = ContentTypes.IsValid(wire.ContentType) ? wire.ContentType : null,
            Error = wire.Error is { } error ? Error(error) : null,
            Metrics = wire.Metrics is { } metrics ? Metrics(metrics, i) : null,
        };
    }

    private static JobError Error(Wire.OutcomeError wire) =>
        new(
            TextLimits.Truncate(wire.Type, TextLimits.Line),
            TextLimits.Truncate(wire.Message, TextLimits.Message),
            wire.Detail.Length == 0 ? null : TextLimits.Truncate(wire.Detail, TextLimits.Detail),
            wire.Retryable
        );

    private AttemptMetrics Metrics(Wire.OutcomeMetrics wire, int i) =>
        new(
            Time(wire.Received, i, "received"),
            Time(wire.Started, i, "started"),
            Time(wire.Ended, i, "ended"),
            double.IsFinite(wire.CpuMs) ? Math.Max(0, wire.CpuMs) : 0,
            (long)Math.Min(wire.PeakBytes, long.MaxValue)
        );

    private Predecessor? Predecessor(Wire.Predecessor? given)
    {
        if (given is not { } wire)
            return null;
        Require(wire.Incarnation != 0, "$.predecessor.incarnation", "is missing.");
        Require(wire.How is >= How.Signal and <= How.Ended, "$.predecessor.how", "must be signal, exit or ended.");
        return new Predecessor(new Incarnation(wire.Incarnation), (ExitKind)wire.How);
    }

    /// <summary>Requires a valid lease. A number that is too large for Core is negative here.</summary>
    private void RequireLease(LeaseToken lease, string list, int i)
    {
        Require(lease.Job.Value > 0, $"$.{list}[{i}].job", "must be a job id.");
        Require(lease.Attempt > 0, $"$.{list}[{i}].attempt", "must be an attempt number, 1 or more.");
    }

    private TimeSpan Wait(Wire.WireTime? given)
    {
        if (given is not { } wire)
            return TimeSpan.Zero;
        Require(
            wire is { Seconds: >= 0 and <= 86_400, Nanos: >= 0 and < 1_000_000_000 },
            "$.wait",
            "must be between 0 seconds and one day."
        );
        return TimeSpan.FromSeconds(Math.Clamp(wire.Seconds, 0, 86_400))
            + TimeSpan.FromMicroseconds(Math.Clamp(wire.Nanos, 0, 999_999_999) / 1000);
    }

    private Instant Time(Wire.WireTime? given, int outcome, string which)
    {
        if (given is not { } wire)
            return default;
        Require(wire.IsTimestamp, $"$.outcomes[{outcome}].metrics.{which}", "is not a valid timestamp.");
        return wire.IsTimestamp ? wire.ToInstant() : default;
    }

    /// <summary>
    /// Returns the log, or only its last complete lines if it exceeds <see cref="Limits.LogTailBytes"/>.
    /// </summary>
    private static ReadOnlyMemory<byte> Tail(ReadOnlyMemory<byte> lines)
    {
        if (lines.Length <= Limits.LogTailBytes)
            return lines;
        lines = lines[^Limits.LogTailBytes..];
        return lines[(lines.Span.IndexOf((byte)'\n') + 1)..];
    }

    private static bool IsStore(string text) => text.Length == 32 && text.All(char.IsAsciiHexDigit);

    /// <summary>
    /// Requires a schema that can be evaluated. The schema is checked here because it is stored with the method and
    /// evaluated for each submission.
    /// </summary>
    private void RequireSchema(string text, int offer, string member)
    {
        if (text.Length > 0 && !JsonSchema.TryRead(text, out _, out var fault))
            Require(false, $"$.offers[{offer}].{member}", $"{fault}. Offer a valid JSON Schema, or none.");
    }

    private void Require(
        bool holds,
        [InterpolatedStringHandlerArgument(nameof(holds))] ErrorMessageHandler path,
        [InterpolatedStringHandlerArgument(nameof(holds))] ErrorMessageHandler otherwise
    )
    {
        if (!holds && ++_errorCount <= MaxErrors)
            _errors.Add(new FaultReply(path.Take(), otherwise.Take()));
    }
}
