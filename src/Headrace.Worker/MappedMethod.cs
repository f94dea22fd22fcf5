using Headrace.Protocol.Exchange;
using Headrace.Worker.Methods;
using OnLost = Headrace.Protocol.Exchange.OfferOnLost;

namespace Headrace.Worker;

/// <summary>
/// A method as it was mapped: the name it is offered under, the schema that its signature gave, and what the loss of
/// its worker means.
/// </summary>
public sealed class MappedMethod
{
    internal MappedMethod(Method method)
    {
        Method = method;
        Offer = new Offer
        {
            Method = Name,
            Version = (uint)Version,
            Schema = Schema,
        };
    }

    /// <summary>The name, without the version.</summary>
    public string Name => Method.Name.Name.Text;

    /// <summary>The version; 1 where none was named.</summary>
    public int Version => Method.Name.Version;

    /// <summary>The JSON Schema of the parameters, as JSON text.</summary>
    public string Schema => Method.Schema.Text;

    internal Method Method { get; }

    internal Offer Offer { get; }

    /// <summary>
    /// A second run would do harm: when an attempt is lost, the job fails as <c>lost</c> instead of running again. The
    /// attempt is also ended before its lease does,
    /// so that nobody takes it for lost while it runs.
    /// </summary>
    public MappedMethod FailWhenLost()
    {
        Offer.OnLost = OnLost.Fail;
        return Exclusive();
    }

    /// <summary>
    /// Two attempts of a job must never run at once (a licence, a GPU, an outside effect): a worker cut off from its
    /// server ends the run before its lease does.
    /// </summary>
    public MappedMethod Exclusive()
    {
        Offer.Exclusive = true;
        return this;
    }

    /// <summary>
    /// How many witnessed deaths of its worker, the job alone on it, set a job aside as <c>poison</c>; 2 where this is
    /// not called. With 0 nobody is suspected: for methods
    /// that cannot harm their process.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public MappedMethod MaxKills(int deaths)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deaths);
        Offer.MaxWorkerCrashes = (uint)deaths;
        return this;
    }

    /// <summary>
    /// What the method runs on in this process, for people: <c>"AVX-512, 16 lanes"</c>, the name of a GPU. Shown with
    /// the method; workers may differ in it.
    /// </summary>
    public MappedMethod RunsOn(string words)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (words.Length > 200)
            throw new ArgumentOutOfRangeException(nameof(words), words.Length, "Give at most 200 characters.");
        Offer.RuntimeInfo = words;
        return this;
    }

    /// <summary>
    /// How many times its worker may fall silent before a job fails as <c>lost</c>; 5 where this is not called.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public MappedMethod MaxLosses(int silences)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(silences, 1);
        Offer.MaxLostLeases = (uint)silences;
        return this;
    }
}
