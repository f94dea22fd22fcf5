using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Headrace.Core;
using Microsoft.ML.OnnxRuntime;

namespace Headrace.Worker.Onnx.Models;

/// <summary>
/// The inputs and outputs of a model. The inputs are the params of the method, and the outputs are the members
/// of the result.
/// </summary>
internal sealed record ModelSignature(IReadOnlyList<ModelValue> Inputs, IReadOnlyList<ModelValue> Outputs)
{
    private const int FingerprintLength = 16;

    /// <summary>
    /// Gets a value indicating whether one call takes several rows. Rows of different sizes do not fit into one tensor,
    /// so a model with variable row sizes takes one row at a time.
    /// </summary>
    public bool TakesBatches => Inputs.All(input => input is { IsOneRow: false, HasFixedRow: true });

    /// <summary>
    /// Gets a short text that differs between models with different inputs or outputs. A process uses it to detect that
    /// the model file was replaced with a different model.
    /// </summary>
    public string Fingerprint =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Text(Inputs)}\n{Text(Outputs)}")))[
            ..FingerprintLength
        ];

    /// <summary>Gets the JSON Schema of the params.</summary>
    public JsonObject Params =>
        new()
        {
            ["type"] = "object",
            ["properties"] = Properties(Inputs),
            ["required"] = Names(Inputs),
            ["additionalProperties"] = false,
        };

    /// <summary>Gets the JSON Schema of the result.</summary>
    public JsonObject Result =>
        new()
        {
            ["type"] = "object",
            ["properties"] = Properties(Outputs),
            ["required"] = Names(Outputs),
        };

    /// <summary>
    /// Reads the signature. Throws <see cref="HeadraceException"/> if it cannot be the signature of a method.
    /// </summary>
    /// <param name="session">The loaded model.</param>
    /// <param name="outputs">
    /// The names of the outputs to return; empty for all outputs that have one row for each input row.
    /// </param>
    public static ModelSignature Of(InferenceSession session, IReadOnlyList<string> outputs)
    {
        foreach (var name in outputs)
            if (!session.OutputMetadata.ContainsKey(name))
                throw new HeadraceException(
                    $"The model has no output {name}. Its outputs are {string.Join(", ", session.OutputNames)}."
                );
        List<ModelValue> inputs =
        [
            .. session.InputNames.Select(name => ModelValue.Input(name, session.InputMetadata[name])),
        ];
        List<ModelValue> returned =
        [
            .. session
                .OutputNames.Where(name => outputs.Count == 0 || outputs.Contains(name))
                .Select(name => ModelValue.Output(name, session.OutputMetadata[name])),
        ];
        // Some exporters add one-row outputs that are the same for every batch.
        var takesRows = inputs.All(input => !input.IsOneRow);
        if (outputs.Count == 0 && takesRows && returned.Any(output => !output.IsOneRow))
            returned.RemoveAll(output => output.IsOneRow);
        return new ModelSignature(inputs, returned);
    }

    private static string Text(IEnumerable<ModelValue> values) => string.Join('\n', values);

    private static JsonArray Names(IEnumerable<ModelValue> values) => [.. values.Select(value => (JsonNode)value.Name)];

    private static JsonObject Properties(IEnumerable<ModelValue> values)
    {
        var properties = new JsonObject();
        foreach (var value in values)
            properties.Add(value.Name, SchemaOf(value));
        return properties;
    }

    private static JsonObject SchemaOf(ModelValue value)
    {
        if (value is { IsMap: false, Row: null })
            return new JsonObject();
        var schema = ElementSchemas.All[value.Type]();
        if (value.IsMap)
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = schema };
        if (value.IsSingleValue)
            return schema;
        foreach (var dimension in value.Row!.Reverse())
        {
            schema = new JsonObject { ["type"] = "array", ["items"] = schema };
            if (dimension == ModelValue.Variable)
                continue;
            schema["minItems"] = dimension;
            schema["maxItems"] = dimension;
        }
        return schema;
    }
}
