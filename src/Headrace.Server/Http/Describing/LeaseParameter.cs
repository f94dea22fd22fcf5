using Headrace.Protocol.Json;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http.Describing;

/// <summary>The query parameter that specifies the duration of a lease.</summary>
internal sealed record LeaseParameter(string Purpose)
    : ParameterDescription(ParameterSource.Query, "lease", $"{Purpose}: 1s to 1h, 60s by default")
{
    private static readonly TimeSpan Minimum = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Maximum = TimeSpan.FromHours(1);
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(60);

    public Result<TimeSpan> Read(HttpRequest request)
    {
        if (!request.Query.TryGetValue(Name, out var given))
            return Default;
        return DurationText.TryParse(given.ToString(), out var lease) && lease >= Minimum && lease <= Maximum
            ? lease
            : Problem.BadRequest(
                $"lease={QuotedText.Clip(given.ToString())} is not valid. Use a duration from 1s to 1h, such as 60s."
            );
    }
}
