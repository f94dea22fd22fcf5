using System.Globalization;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>
/// One number of a problem that a caller may set: its name, default and the range in which it makes sense.
/// </summary>
/// <param name="AboveLeast">True when <paramref name="Least"/> itself is excluded.</param>
/// <param name="Meaning">With unit, for help and fault messages.</param>
internal sealed record Setting(string Name, double Default, double Least, bool AboveLeast, double Most, string Meaning)
{
    public Fault? Check(double value)
    {
        var fits = double.IsFinite(value) && value <= Most && (AboveLeast ? value > Least : value >= Least);
        if (fits)
            return null;

        var low = AboveLeast ? $"greater than {Text(Least)}" : $"at least {Text(Least)}";
        return new Fault(
            Name,
            Text(value),
            $"{Name} is {Meaning}; it must be a number {low} and at most {Text(Most)}."
        );
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
