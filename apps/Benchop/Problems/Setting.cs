using System.Globalization;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>A number of a problem that the caller may set: its name, default and valid range.</summary>
/// <param name="AboveLeast">True when <paramref name="Least"/> itself is excluded.</param>
/// <param name="Meaning">Includes the unit; used in help and fault messages.</param>
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
