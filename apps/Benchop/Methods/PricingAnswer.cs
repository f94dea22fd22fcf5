namespace Headrace.Apps.Benchop.Methods;

/// <summary>The values of all points, or the reason why there are none. Values are finite.</summary>
/// <param name="Values">Empty exactly when <paramref name="Refusal"/> is not null.</param>
/// <param name="Work">The work parameter used; 0 when the method was never run.</param>
internal sealed record PricingAnswer(IReadOnlyList<double> Values, int Work, string? Refusal)
{
    public static PricingAnswer Refused(string reason, int work = 0) => new([], work, reason);
}
