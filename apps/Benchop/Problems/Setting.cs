using System.Globalization;

namespace Headrace.Apps.Benchop.Problems;

/// <summary>A parameter of a problem that the caller may set: its name, default and valid range.</summary>
/// <param name="ExcludesMin">True when <paramref name="Min"/> itself is excluded.</param>
/// <param name="Meaning">What the parameter means, including its unit; used in help and error messages.</param>
internal sealed record Setting(string Name, double Default, double Min, bool ExcludesMin, double Max, string Meaning)
{
    public Fault? Check(double value)
    {
        var fits = double.IsFinite(value) && value <= Max && (ExcludesMin ? value > Min : value >= Min);
        if (fits)
            return null;

        var low = ExcludesMin ? $"greater than {Text(Min)}" : $"at least {Text(Min)}";
        return new Fault(Name, Text(value), $"{Name} is {Meaning}; it must be a number {low} and at most {Text(Max)}.");
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
