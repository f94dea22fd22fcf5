using System.Globalization;
using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// A pricing problem with all its parameters: a contract, a model, the requested quantity and the evaluation points.
/// Problems come from <see cref="ProblemCatalogue"/>, which checks every value, so a method may rely on the ranges
/// stated there.
/// </summary>
/// <param name="Id">
/// The id of the problem whose defaults were used, such as <c>1a-delta-II</c>. It is only a name: no method may branch
/// on it.
/// </param>
internal sealed record Problem(string Id, Contract Contract, Model Model, Quantity Quantity, Points Points)
{
    /// <summary>
    /// Two problems have equal keys if and only if all their parameters are equal, regardless of their names.
    /// </summary>
    public string Key { get; } =
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Contract} {Model} {Quantity} {Join(Points.Spots)} {Join(Points.SecondSpots)}"
        );

    private static string Join(ReadOnlySpan<double> numbers)
    {
        var texts = new string[numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
            texts[i] = numbers[i].ToString("R", CultureInfo.InvariantCulture);

        return string.Join(':', texts);
    }
}
