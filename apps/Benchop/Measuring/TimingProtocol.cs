using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>How the time of a call is measured.</summary>
[JsonConverter(typeof(EnumNameConverter<TimingProtocol>))]
internal enum TimingProtocol
{
    /// <summary>
    /// After a warm-up, batches of calls are repeated until the confidence interval is narrow enough:
    /// <see cref="CallTimer"/>.
    /// </summary>
    Steady,

    /// <summary>
    /// Four calls, of which the first is dropped, as in the benchmark's published codes: <see cref="PaperTimer"/>.
    /// </summary>
    Paper,
}
