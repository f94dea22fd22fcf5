using System.Globalization;
using System.Text.Json;

namespace Headrace.Worker.Manifests;

/// <summary>Reads the member <c>mpi</c> of a manifest.</summary>
internal static class ManifestMpi
{
    /// <summary>The words that manifests use for <see cref="MpiOptions.Implementation"/>.</summary>
    public static readonly IReadOnlyDictionary<string, MpiChoice> Implementations = new Dictionary<string, MpiChoice>
    {
        ["auto"] = MpiChoice.Auto,
        ["openmpi"] = MpiChoice.OpenMpi,
        ["mpich"] = MpiChoice.Mpich,
        ["srun"] = MpiChoice.Srun,
    };

    /// <summary>
    /// Returns the options. If there are errors, returns the valid options, and defaults for the others.
    /// </summary>
    /// <param name="values">Collects the errors.</param>
    /// <param name="value">The member <c>mpi</c>.</param>
    /// <param name="max">
    /// The maximum number of ranks, which equals the maximum number of slots that a worker has.
    /// </param>
    public static MpiOptions Read(ManifestValues values, LocatedJson value, int max)
    {
        var implementation = MpiChoice.Auto;
        (int Min, int Max)? ranks = null;
        values.Object(
            value,
            "mpi",
            new Dictionary<string, Action<LocatedJson>>
            {
                ["ranks"] = given => ranks = ReadRanks(values, given, max),
                ["implementation"] = given =>
                    implementation = values.Word(given, "implementation", Implementations, MpiChoice.Auto),
            }
        );
        if (ranks is null && value.Kind == JsonValueKind.Object)
            values.Add(value.Place, "The member 'ranks' of mpi is missing.");
        return new MpiOptions
        {
            MinRanks = ranks?.Min ?? 1,
            MaxRanks = ranks?.Max ?? 1,
            Implementation = implementation,
        };
    }

    private static (int Min, int Max) ReadRanks(ManifestValues values, LocatedJson value, int max)
    {
        if (value.Kind == JsonValueKind.Number)
        {
            var ranks = values.Whole(value, "ranks", 1, max, 1);
            return (ranks, ranks);
        }
        if (
            value.Kind != JsonValueKind.String
            || value.Text.Split("..") is not [var from, var to]
            || !TryNumber(from, out var least)
            || !TryNumber(to, out var most)
        )
        {
            values.Add(
                value.Place,
                $"ranks must be a whole number from 1 to {max}, or a range such as \"2..16\", not "
                    + $"{ManifestValues.Describe(value)}."
            );
            return (1, 1);
        }
        if (least < 1 || most > max)
            values.Add(
                value.Place,
                $"ranks is the range {ManifestValues.Describe(value)}, which must lie between 1 and {max}: each rank "
                    + $"occupies a slot, and a worker has at most {max}."
            );
        else if (least > most)
            values.Add(
                value.Place,
                $"ranks is the range {ManifestValues.Describe(value)}, which ends before it begins. Write "
                    + $"\"{to}..{from}\"."
            );
        else
            return (least, most);
        return (1, 1);
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
