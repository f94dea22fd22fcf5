using Headrace.Core;
using Headrace.Protocol.Exchange;
using OnLost = Headrace.Protocol.Exchange.OfferOnLost;

namespace Headrace.Worker.Leases;

/// <summary>
/// Contains the methods that the worker offers. They can change while it runs; a job keeps the properties that its
/// method had when the lease arrived.
/// </summary>
internal sealed class OfferedMethods
{
    private readonly Dictionary<MethodRef, (Offer? Offer, MethodShape Method)> _known = [];
    private IReadOnlyDictionary<MethodRef, Shape> _shapes;
    private uint _widest;

    public OfferedMethods(IReadOnlyList<Offer> offers, IReadOnlyDictionary<MethodRef, Shape> shapes)
    {
        (Offers, _shapes) = (offers, shapes);
        (OffersWithoutSchemas, _widest) = (WithoutSchemas(offers), WidestOf(offers));
    }

    /// <summary>Gets the version of the offers, counted from 1.</summary>
    public int Version { get; private set; } = 1;

    public IReadOnlyList<Offer> Offers { get; private set; }

    /// <summary>Gets a value indicating whether there is a method whose jobs each take several slots.</summary>
    public bool AnyWide => _widest > 1;

    public IReadOnlyList<Offer> OffersWithoutSchemas { get; private set; }

    /// <summary>Replaces the methods. Unchanged methods keep the run times that were measured.</summary>
    public void Change(IReadOnlyList<Offer> offers, IReadOnlyDictionary<MethodRef, Shape> shapes)
    {
        Version++;
        (Offers, _shapes) = (offers, shapes);
        (OffersWithoutSchemas, _widest) = (WithoutSchemas(offers), WidestOf(offers));
        foreach (var (name, (offer, method)) in _known)
            if (OfferOf(name) != offer || ShapeOf(name) != method.Shape)
                _known.Remove(name);
    }

    /// <summary>Returns the offer and the shape of a method; the offer is null if the method is not offered.</summary>
    public (Offer? Offer, MethodShape Method) Find(MethodRef name)
    {
        if (_known.TryGetValue(name, out var known))
            return known;
        var offer = OfferOf(name);
        var exclusive = offer is { Exclusive: true } or { OnLost: OnLost.Fail };
        var slots = Math.Max(1, (int)(offer?.Slots ?? 1));
        return _known[name] = (offer, new MethodShape(ShapeOf(name), exclusive, slots));
    }

    /// <summary>
    /// Limits the number of slots that a worker reports: a worker can run more jobs than it has slots if the jobs share
    /// slots, but the server must not assign it a job that takes more slots than it has.
    /// </summary>
    public int LimitReportedSlots(int reported, int slots)
    {
        if (_widest <= slots)
            return reported;
        foreach (var offer in Offers)
            if (offer.Slots > slots)
                reported = Math.Min(reported, (int)offer.Slots - 1);
        return reported;
    }

    private Shape ShapeOf(MethodRef name) => _shapes.GetValueOrDefault(name) ?? Shape.Single;

    private Offer? OfferOf(MethodRef name) =>
        Offers.FirstOrDefault(offer => offer.Method == name.Name.Text && offer.Version == name.Version);

    private static List<Offer> WithoutSchemas(IReadOnlyList<Offer> offers) =>
        [.. offers.Select(offer => offer with { Schema = "" })];

    private static uint WidestOf(IReadOnlyList<Offer> offers) =>
        offers.Select(offer => offer.Slots).DefaultIfEmpty().Max();
}
