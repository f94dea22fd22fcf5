using System.Globalization;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Reference;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// The comparison of a price with its reference. The price does not depend on the reference. If the reference is
/// missing or too inaccurate, the price is kept, together with the reason why it cannot be judged.
/// </summary>
/// <param name="Error">Largest relative error over all points; null if it cannot be computed.</param>
/// <param name="Counts">
/// The error that is compared with the target. It includes the sampling error; null if there is no error.
/// </param>
/// <param name="Doubt">
/// The reason why there is no error, or why it is not conclusive; null if it is reliable.
/// </param>
internal sealed record Judgement(double? Error, double? Counts, string? Doubt, int? ReferenceDigits)
{
    /// <summary>The judgement of a price for which no reference was requested.</summary>
    public static Judgement None { get; } = new(null, null, null, null);

    public static Judgement Of(PricingAnswer answer, ReferenceAnswer reference, double target)
    {
        if (reference.Refusal is { } missing)
            return new(null, null, $"There is no reference for these parameter values. {missing}", null);

        if (reference.Digits == 0)
            return new(
                null,
                null,
                $"There is no reference value for these parameter values, because the results of "
                    + $"'{reference.FirstWay}' and '{reference.SecondWay}' do not agree to even a single digit.",
                0
            );

        var (error, reason) = RelativeError.Of(answer.Values, reference.Values);
        if (error is null)
            return new(null, null, reason, reference.Digits);

        return new(
            error,
            RelativeError.OfAnswer(answer, reference.Values),
            reference.Resolves(target)
                ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"For these parameter values, the two reference computations agree to only {reference.Digits} "
                        + $"digits, which is not enough to tell whether the error is below {target:0E-0}."
                ),
            reference.Digits
        );
    }
}
