using Headrace.Protocol.Json;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// Judges params by a method's JSON Schema. The one seam behind which the validating library stands
/// (docs/decisions/0002).
/// </summary>
internal interface IParamsValidator
{
    /// <summary>
    /// Every fault with its path, such as <c>$.iterations</c>; none when the params fit. Empty params are judged as an
    /// empty object.
    /// </summary>
    ValueTask<IReadOnlyList<FaultReply>> CheckAsync(
        string schema,
        ReadOnlyMemory<byte> parameters,
        CancellationToken cancellationToken
    );
}
