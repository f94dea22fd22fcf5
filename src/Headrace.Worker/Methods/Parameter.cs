using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Headrace.Worker.Methods;

/// <summary>Represents the source of one parameter of a method's delegate.</summary>
internal abstract class Parameter
{
    public abstract object? Read(in MethodCall call);

    /// <summary>
    /// Determines the source from the type of the parameter. Throws <see cref="ArgumentException"/> with the name of a
    /// parameter that cannot be bound.
    /// </summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="serviceType">The type of parameters that receive <see cref="MethodCall.Service"/>.</param>
    public static Parameter Of(ParameterInfo parameter, Type? serviceType)
    {
        var type = parameter.ParameterType;
        if (type == serviceType)
            return new Injected(static (in MethodCall call) => call.Service);
        if (type == typeof(CancellationToken))
            return new Injected(static (in MethodCall call) => call.Job.CancellationToken);
        if (type == typeof(JobContext))
            return new Injected(static (in MethodCall call) => call.Job);
        if (type == typeof(ReadOnlyMemory<byte>))
            return new Injected(static (in MethodCall call) => call.Job.Body) { IsBody = true };
        if (type == typeof(byte[]))
            return new Injected(static (in MethodCall call) => call.Job.Body.ToArray()) { IsBody = true };
        if (type.IsByRef || type.IsByRefLike || type.IsPointer)
            throw Unusable(
                parameter,
                "its value cannot be stored until the method runs; use ReadOnlyMemory<byte> for the body"
            );
        if (type == typeof(Memory<byte>))
            throw Unusable(parameter, "the body is read-only; use ReadOnlyMemory<byte>, or byte[] for a copy");
        if (typeof(Stream).IsAssignableFrom(type))
            throw Unusable(parameter, "streams are not supported; use ReadOnlyMemory<byte> for the body");
        return new FromParams(parameter);
    }

    private static ArgumentException Unusable(ParameterInfo parameter, string why, Exception? inner = null) =>
        new($"The parameter '{parameter.Name}' ({parameter.ParameterType.Name}) cannot be bound: {why}", inner);

    public delegate object? Source(in MethodCall call);

    /// <summary>A parameter that the worker supplies; it is not part of the schema.</summary>
    public sealed class Injected(Source source) : Parameter
    {
        public bool IsBody { get; init; }

        public override object? Read(in MethodCall call) => source(call);
    }

    /// <summary>A parameter that is read from the params object, by its name.</summary>
    public sealed class FromParams : Parameter
    {
        private readonly JsonTypeInfo _type;
        private readonly object? _default;

        public FromParams(ParameterInfo parameter)
        {
            Name =
                parameter.Name
                ?? throw new ArgumentException("A parameter without a name cannot be bound from the params object.");
            HasDefault = parameter.HasDefaultValue;
            try
            {
                Schema = ParameterSchema.Of(parameter);
                _type = MethodJson.Options.GetTypeInfo(parameter.ParameterType);
                DeserializationCheck.Check(_type);
            }
            catch (Exception unusable)
                when (unusable is NotSupportedException or ArgumentException or InvalidOperationException)
            {
                throw Unusable(parameter, unusable.Message, unusable);
            }
            // Omitting the parameter gives the same value as passing its default explicitly.
            if (HasDefault)
                _default = Schema["default"] is { } value ? value.Deserialize(_type) : null;
        }

        public string Name { get; }

        public bool HasDefault { get; }

        public JsonObject Schema { get; }

        public override object? Read(in MethodCall call)
        {
            if (!call.Params.TryGetProperty(Name, out var value))
                return _default;
            try
            {
                return value.Deserialize(_type);
            }
            catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException)
            {
                // Only values that the schema cannot exclude fail here: a number that overflows its type, or an invalid
                // date.
                var path = unreadable is JsonException { Path: { Length: > 1 } inner } ? inner[1..] : "";
                throw new UnreadableParameterException(
                    new ParamsError($"$.{Name}{path}", $"cannot be read as {Describe(_type.Type)}")
                );
            }
        }

        private static string Describe(Type type) =>
            (Nullable.GetUnderlyingType(type) ?? type) switch
            {
                var t when t == typeof(int) => "a 32-bit integer",
                var t when t == typeof(long) => "a 64-bit integer",
                var t => $"a {t.Name}",
            };
    }
}
