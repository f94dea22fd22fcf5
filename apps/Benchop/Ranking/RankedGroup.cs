using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop.Ranking;

/// <summary>The cells that are ranked together.</summary>
[JsonConverter(typeof(EnumNameConverter<RankedGroup>))]
internal enum RankedGroup
{
    /// <summary>Cells of general methods.</summary>
    General,

    /// <summary>Cells that use the structure of the problem.</summary>
    Structure,

    /// <summary>All cells.</summary>
    Together,
}
