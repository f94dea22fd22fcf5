using Headrace.Protocol.Json;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// Validates params against a method's JSON Schema. The validation library is used only behind this interface
/// (docs/decisions/0003-json-schema-validator.md).
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
