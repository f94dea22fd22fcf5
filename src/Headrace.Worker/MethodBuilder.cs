using System.Collections.Frozen;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Worker.Exchange;
using Headrace.Worker.Methods;
using OnLost = Headrace.Protocol.Exchange.OfferOnLost;

namespace Headrace.Worker;

/// <summary>
/// Sets further options of a mapped method, such as what happens when the worker that runs a job is lost.
/// </summary>
public sealed class MethodBuilder
{
    internal MethodBuilder(Method method)
    {
        Method = method;
        Offer = new Offer
        {
            Method = Name,
            Version = (uint)Version,
            Schema = Schema,
            ResultSchema = method.ResultSchema,
        };
    }

    /// <summary>Gets the name of the method, without the version.</summary>
    public string Name => Method.Name.Name.Text;

    /// <summary>Gets the version of the method; 1 when the name contains none.</summary>
    public int Version => Method.Name.Version;

    /// <summary>Gets the JSON Schema of the parameters, as JSON text.</summary>
    public string Schema => Method.Schema;

    internal Method Method { get; private set; }

    internal Offer Offer { get; }

    /// <summary>
    /// Makes the job fail as <c>lost</c> when an attempt is lost, instead of running the job again. Implies
    /// <see cref="Exclusive"/>: the worker stops the attempt before its lease expires, so that a running attempt is
    /// never considered lost.
    /// </summary>
    /// <returns>This builder.</returns>
    public MethodBuilder FailWhenLost()
    {
        Offer.OnLost = OnLost.Fail;
        return Exclusive();
    }

    /// <summary>
    /// Ensures that two attempts of the same job never run at the same time. A worker that is cut off from its server
    /// stops the attempt before its lease expires. Use it for methods whose external effects must not overlap with
    /// those of a second attempt. It does not limit how many different jobs run at the same time.
    /// </summary>
    /// <returns>This builder.</returns>
    public MethodBuilder Exclusive()
    {
        Offer.Exclusive = true;
        return this;
    }

    /// <summary>
    /// Sets how many worker slots a job of this method occupies, for methods that use several cores or a lot of memory.
    /// The jobs of one call to a stream or batch method share these slots. Default: 1.
    /// </summary>
    /// <param name="slots">
    /// The number of slots, 1 to 1,024. The worker must be started with at least this many (<c>--slots</c>).
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is not between 1 and 1,024.</exception>
    public MethodBuilder Slots(int slots)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slots, WorkerSettings.MaxSlots);
        Offer.Slots = (uint)slots;
        return this;
    }

    /// <summary>
    /// Sets the number of worker crashes, observed while a job ran alone, after which the job fails as <c>poison</c>.
    /// Default: 2.
    /// </summary>
    /// <param name="crashes">
    /// The number of crashes. 0 disables the check, for methods that cannot crash their process.
    /// </param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public MethodBuilder MaxWorkerCrashes(int crashes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(crashes);
        Offer.MaxWorkerCrashes = (uint)crashes;
        return this;
    }

    /// <summary>
    /// Sets the policy for running a job of this method again after an error or a timeout, unless the submission of the
    /// job specifies otherwise.
    /// </summary>
    /// <param name="options">The policy. Members that are not set keep the server's defaults.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">A member is out of range.</exception>
    public MethodBuilder Retry(RetryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (RetryText.Fault(options) is { } fault)
            throw new ArgumentException($"The retry policy of {Name}@{Version} is not valid: {fault}", nameof(options));
        Offer.RetryPolicy = WireRetry.Of(options);
        return this;
    }

    /// <summary>
    /// Makes a job fail at once, without retries, if an attempt ends with an error of one of these types. A method can
    /// also decide for each error: see <see cref="JobFailedException"/> and
    /// <see cref="JobOutcome.Failed(string, string, string?, bool)"/>.
    /// </summary>
    /// <param name="errorTypes">
    /// The types as jobs report them: the full name of the exception, such as <c>System.FormatException</c>, or the
    /// type that the executor states, such as <c>TimeLimit</c>.
    /// </param>
    /// <returns>This builder.</returns>
    public MethodBuilder NeverRetry(params ReadOnlySpan<string> errorTypes)
    {
        Method = Method with { PermanentErrors = Method.PermanentErrors.Concat(errorTypes.ToArray()).ToFrozenSet() };
        return this;
    }

    /// <summary>
    /// Describes the hardware or runtime that the method uses in this process, such as <c>"AVX-512, 16 lanes"</c> or
    /// the name of a GPU. The description is shown with the method and can differ between workers.
    /// </summary>
    /// <param name="description">The description, at most 200 characters.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The description is too long.</exception>
    public MethodBuilder RuntimeInfo(string description)
    {
        ArgumentNullException.ThrowIfNull(description);
        if (description.Length > 200)
            throw new ArgumentOutOfRangeException(
                nameof(description),
                description.Length,
                "Use at most 200 characters."
            );
        Offer.RuntimeInfo = description;
        return this;
    }

    /// <summary>
    /// Returns the reason why a worker with this many slots receives no jobs of the method; null if it can receive
    /// jobs, or if it cannot run the method for another reason, which more slots would not remove.
    /// </summary>
    internal string? ReasonTooWide(int? slots) =>
        slots is not { } available || Offer.Slots <= available || Offer.Unavailable.Length > 0
            ? null
            : $"Each job of the method {Name}@{Version} takes {Offer.Slots} slots, but this worker has {available}, so "
                + $"it receives none of them. Start it with --slots {Offer.Slots} or more.";

    /// <summary>Sets how many lost leases a job may have before it fails as <c>lost</c>. Default: 5.</summary>
    /// <param name="leases">The number of leases that expired because the worker did not renew them.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public MethodBuilder MaxLostLeases(int leases)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(leases, 1);
        Offer.MaxLostLeases = (uint)leases;
        return this;
    }
}
