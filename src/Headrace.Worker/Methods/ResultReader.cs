using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Headrace.Worker.Methods;

/// <summary>Converts the return value of a delegate, or the result of a returned task, to result bytes.</summary>
internal static class ResultReader
{
    public delegate ValueTask<MethodResult> Reader(object? returned);

    /// <summary>
    /// Returns the converter for a return type. Throws <see cref="ArgumentException"/> when the type cannot be used as
    /// a result.
    /// </summary>
    public static Reader For(Type type)
    {
        if (type == typeof(void))
            return static _ => new ValueTask<MethodResult>(MethodResult.None);
        if (type == typeof(Task))
            return static async returned =>
            {
                await (Task)returned!;
                return MethodResult.None;
            };
        if (type == typeof(ValueTask))
            return static async returned =>
            {
                await (ValueTask)returned!;
                return MethodResult.None;
            };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
            return Closed(nameof(OfTask), type.GetGenericArguments()[0]);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            return Closed(nameof(OfValueTask), type.GetGenericArguments()[0]);
        RefuseUnusable(type);
        return returned => new ValueTask<MethodResult>(Write(returned, type));
    }

    private static Reader Closed(string generic, Type result)
    {
        RefuseUnusable(result);
        return typeof(ResultReader)
            .GetMethod(generic, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(result)
            .CreateDelegate<Reader>();
    }

    private static async ValueTask<MethodResult> OfTask<T>(object? returned) =>
        Write(await (Task<T>)returned!, typeof(T));

    private static async ValueTask<MethodResult> OfValueTask<T>(object? returned) =>
        Write(await (ValueTask<T>)returned!, typeof(T));

    /// <summary>
    /// Converts a value to a result. The value is serialized as the type <paramref name="declared"/>.
    /// </summary>
    public static MethodResult Write(object? value, Type declared) =>
        value switch
        {
            MethodResult result => result,
            byte[] bytes => new MethodResult(bytes, "application/octet-stream"),
            ReadOnlyMemory<byte> bytes => new MethodResult(bytes, "application/octet-stream"),
            Memory<byte> bytes => new MethodResult(bytes, "application/octet-stream"),
            string text => new MethodResult(Encoding.UTF8.GetBytes(text), "text/plain"),
            null when declared == typeof(MethodResult) || declared == typeof(byte[]) || declared == typeof(string) =>
                MethodResult.None,
            _ => new MethodResult(
                Serialize(value, declared == typeof(object) && value is not null ? value.GetType() : declared),
                "application/json"
            ),
        };

    private static byte[] Serialize(object? value, Type type)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(value, type, MethodJson.Options);
        }
        // Catches every exception, because serializing a value calls code that belongs to its type: getters,
        // converters, enumerators. If that code states whether a retry helps, or if memory is exhausted, the exception
        // is treated as if the method had thrown it.
        catch (Exception unwritable)
            when (unwritable
                    is not (
                        JobRejectedException
                        or JobFailedException
                        or OperationCanceledException
                        or OutOfMemoryException
                    )
            )
        {
            throw new UnserializableResultException(unwritable);
        }
    }

    private static void RefuseUnusable(Type type)
    {
        if (type.IsByRefLike || type.IsPointer || typeof(Delegate).IsAssignableFrom(type))
            throw new ArgumentException($"The type {type.Name} cannot be used as a result.");
        if (
            typeof(Stream).IsAssignableFrom(type)
            || type.GetInterfaces()
                .Append(type)
                .Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>))
        )
            throw new ArgumentException(
                $"Results of type {type.Name} are not supported. Return the complete value as bytes or as an object."
            );
    }
}
