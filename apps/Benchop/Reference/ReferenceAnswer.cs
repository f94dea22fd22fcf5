using System.Globalization;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>The reference values for a problem, with the number of digits to which two computations agree.</summary>
/// <param name="Values">
/// Values of the first computation. Empty if the reference is missing, or if not even the first digits of the two
/// agree, so that no caller can show them as prices.
/// </param>
/// <param name="Digits">Decimal digits to which both computations agree at every point, at most 15.</param>
internal sealed record ReferenceAnswer(
    IReadOnlyList<double> Values,
    int Digits,
    string FirstWay,
    string SecondWay,
    string? Refusal = null
)
{
    public const int MaxDigits = 15;

    /// <summary>
    /// Returns false if the two computations differ by too much for an error of this size to be measured.
    /// </summary>
    public bool Resolves(double error) => Digits >= -Math.Log10(error) - 1e-9;

    public static ReferenceAnswer Of(string firstWay, double[] first, string secondWay, double[] second)
    {
        double worst = 0;
        for (var i = 0; i < first.Length; i++)
        {
            if (!double.IsFinite(first[i]) || !double.IsFinite(second[i]))
                return new(
                    [],
                    0,
                    firstWay,
                    secondWay,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"A reference value at point {i + 1} is not finite: '{firstWay}' returned {first[i]} and "
                            + $"'{secondWay}' returned {second[i]}."
                    )
                );

            var size = Math.Max(Math.Abs(first[i]), Math.Abs(second[i]));
            worst = size == 0 ? worst : Math.Max(worst, Math.Abs(first[i] - second[i]) / size);
        }

        var digits = worst == 0 ? MaxDigits : Math.Clamp((int)Math.Floor(-Math.Log10(worst)), 0, MaxDigits);
        return new(digits > 0 ? first : [], digits, firstWay, secondWay);
    }
}
