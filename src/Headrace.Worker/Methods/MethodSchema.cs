using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headrace.Worker.Methods;

/// <summary>
/// Contains the schema of a method's params object: one property for each parameter, required unless it has a default,
/// and no additional properties.
/// </summary>
internal sealed class MethodSchema
{
    private readonly SchemaCheck _check;

    public MethodSchema(IEnumerable<Parameter.FromParams> parameters)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var parameter in parameters)
        {
            properties[parameter.Name] = parameter.Schema;
            if (!parameter.HasDefault)
                required.Add(parameter.Name);
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (required.Count > 0)
            schema["required"] = required;
        schema["additionalProperties"] = false;
        Text = schema.ToJsonString();
        _check = new SchemaCheck(JsonElement.Parse(Text));
    }

    /// <summary>Gets the JSON Schema as JSON text.</summary>
    public string Text { get; }

    public List<ParamsError> Check(JsonElement value) => _check.Check(value);

    public List<ParamsError> CheckParameter(string name, JsonElement value) => _check.CheckParameter(name, value);
}
