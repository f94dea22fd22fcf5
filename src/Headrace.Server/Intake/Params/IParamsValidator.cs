using Headrace.Protocol.Json;

namespace Headrace.Server.Intake.Params;

/// <summary>
/// Validates params against a method's JSON Schema. The validation library is used only behind this interface
/// (docs/decisions/0003-json-schema-validator.md).
/// </summary>
internal interface IParamsValidator
{
    /// <summary>
    /// Returns every error with its path, such as <c>$.iterations</c>, or an empty list if the params match the schema.
    /// Empty params count as an empty object.
    /// </summary>
    ValueTask<IReadOnlyList<FaultReply>> CheckAsync(
        string schema,
        ReadOnlyMemory<byte> parameters,
        CancellationToken cancellationToken
    );
}
