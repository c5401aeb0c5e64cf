static PyObject *Object_newString(uint32_t *start, uint32_t *end);
static void Object_objectAddKey(PyObject *obj, PyObject *name, PyObject *value);
static void Object_arrayAddItem(PyObject *obj, PyObject *value);
static PyObject *Object_newIntegerFromString(char *value, size_t length);

static PyObject *SetError( struct DecoderState *ds, int offset, const char *message)
{
  ds->errorOffset = ds->start + offset;
  ds->errorStr = (char *) message;
  return NULL;
}

static FASTCALL_ATTR PyObject *FASTCALL_MSVC decodeDouble(struct DecoderState *ds)
{
  int processed_characters_count;
  /* Prevent int overflow if ds->end - ds->start is too large. See check_decode_decimal_no_int_overflow()
  inside tests/test_ujson.py for an example where this check is necessary. */
  int len = ((size_t) (ds->end - ds->start) < (size_t) INT_MAX) ? (int) (ds->end - ds->start) : INT_MAX;
  double value = dconv_s2d(ds->s2d, ds->start, len, &processed_characters_count);
  ds->lastType = JT_DOUBLE;
  ds->start += processed_characters_count;
  return PyFloat_FromDouble(value);
}

static FASTCALL_ATTR PyObject *FASTCALL_MSVC decode_numeric (struct DecoderState *ds)
{
  int intNeg = 1;
  bool hasError = false;
  uint64_t intValue;
  uint64_t addIntValue;
  int chr;
  char *offset = ds->start;

  uint64_t maxIntValue = ULLONG_MAX;
  uint64_t overflowLimit = maxIntValue / 10LLU;

  if (*(offset) == 'I')
  {
    goto DECODE_INF;
  }
  else if (*(offset) == 'N')
  {
    goto DECODE_NAN;
  }
  else if (*(offset) == '-')
  {
    offset++;
    intNeg = -1;
    if (*(offset) == 'I')
    {
      goto DECODE_INF;
    }
    maxIntValue = -(uint64_t) LLONG_MIN;
    overflowLimit = maxIntValue / 10LL;
  }

  // Scan integer part
  intValue = 0;

  while (true)
  {
    chr = (int) (unsigned char) *(offset);

    switch (chr)
    {
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9':
      {
        // check whether multiplication would be out of bounds
        if (intValue > overflowLimit)
        {
          hasError = true;
        }
        intValue *= 10ULL;
        addIntValue = (uint64_t) (chr - 48);

        // check whether addition would be out of bounds
        if (maxIntValue - intValue < addIntValue)
        {
          hasError = true;
        }

        intValue += addIntValue;
        offset ++;
        break;
      }
      case '.':
      {
        offset ++;
        return decodeDouble(ds);
      }
      case 'e':
      case 'E':
      {
        offset ++;
        return decodeDouble(ds);
      }

      default:
      {
        if (hasError)
        {
          char *strStart = ds->start;
          ds->lastType = JT_INT;
          ds->start = offset;
          return Object_newIntegerFromString(strStart, offset - strStart);
        }
        goto BREAK_INT_LOOP;
        break;
      }
    }
  }

BREAK_INT_LOOP:

  ds->lastType = JT_INT;
  ds->start = offset;

  if (intNeg == 1 && (intValue & 0x8000000000000000ULL) != 0)
  {
    return PyLong_FromUnsignedLongLong(intValue);
  }
  else if ((intValue >> 31))
  {
    return PyLong_FromLongLong((int64_t) (intValue * (int64_t) intNeg));
  }
  else
  {
    return PyLong_FromLong((long) (intValue * intNeg));
  }

DECODE_NAN:
    offset++;
    if (*(offset++) != 'a') goto SET_NAN_ERROR;
    if (*(offset++) != 'N') goto SET_NAN_ERROR;

    ds->lastType = JT_NAN;
    ds->start = offset;
    return PyFloat_FromDouble(Py_NAN);

SET_NAN_ERROR:
    return SetError(ds, -1, "Unexpected character found when decoding 'NaN'");

DECODE_INF:
    offset++;
    if (*(offset++) != 'n') goto SET_INF_ERROR;
    if (*(offset++) != 'f') goto SET_INF_ERROR;
    if (*(offset++) != 'i') goto SET_INF_ERROR;
    if (*(offset++) != 'n') goto SET_INF_ERROR;
    if (*(offset++) != 'i') goto SET_INF_ERROR;
    if (*(offset++) != 't') goto SET_INF_ERROR;
    if (*(offset++) != 'y') goto SET_INF_ERROR;

    ds->start = offset;

    if (intNeg == 1) {
      ds->lastType = JT_POS_INF;
      return PyFloat_FromDouble(Py_HUGE_VAL);
    } else {
      ds->lastType = JT_NEG_INF;
      return PyFloat_FromDouble(-Py_HUGE_VAL);
    }

SET_INF_ERROR:
    if (intNeg == 1) {
      const char *msg = "Unexpected character found when decoding 'Infinity'";
      return SetError(ds, -1, msg);
    } else {
      const char *msg = "Unexpected character found when decoding '-Infinity'";
      return SetError(ds, -1, msg);
    }

}

static FASTCALL_ATTR PyObject *FASTCALL_MSVC decode_true ( struct DecoderState *ds)
{
  char *offset = ds->start;
  offset ++;

  if (*(offset++) != 'r')
    goto SETERROR;
  if (*(offset++) != 'u')
    goto SETERROR;
  if (*(offset++) != 'e')
    goto SETERROR;

  ds->lastType = JT_TRUE;
  ds->start = offset;
  Py_RETURN_TRUE;

SETERROR:
  return SetError(ds, -1, "Unexpected character found when decoding 'true'");
}

static FASTCALL_ATTR PyObject *FASTCALL_MSVC decode_false ( struct DecoderState *ds)
{
  char *offset = ds->start;
  offset ++;

  if (*(offset++) != 'a')
    goto SETERROR;
  if (*(offset++) != 'l')
    goto SETERROR;
  if (*(offset++) != 's')
    goto SETERROR;
  if (*(offset++) != 'e')
    goto SETERROR;

  ds->lastType = JT_FALSE;
  ds->start = offset;
  Py_RETURN_FALSE;

SETERROR:
  return SetError(ds, -1, "Unexpected character found when decoding 'false'");
}

static FASTCALL_ATTR PyObject *FASTCALL_MSVC decode_null ( struct DecoderState *ds)
{
  char *offset = ds->start;
  offset ++;

  if (*(offset++) != 'u')
    goto SETERROR;
  if (*(offset++) != 'l')
    goto SETERROR;
  if (*(offset++) != 'l')
    goto SETERROR;

  ds->lastType = JT_NULL;
  ds->start = offset;
  Py_RETURN_NONE;

SETERROR:
  return SetError(ds, -1, "Unexpected character found when decoding 'null'");
}

static FASTCALL_ATTR void FASTCALL_MSVC SkipWhitespace(struct DecoderState *ds)
{
  char *offset = ds->start;

  for (;;)
  {
    switch (*offset)
    {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        offset ++;
        break;

      default:
        ds->start = offset;
        return;
    }
  }
}

enum DECODESTRINGSTATE
{
  DS_ISNULL = 0x32,
  DS_ISQUOTE,
  DS_ISESCAPE,
  DS_UTFLENERROR,
  DS_CONT,
  DS_EXCEEDSMAX,
};

static const uint8_t g_decoderLookup[256] =
{
  /* 0x00 */ DS_ISNULL, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 0x10 */ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 0x20 */ 1, 1, DS_ISQUOTE, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 0x30 */ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 0x40 */ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 0x50 */ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, DS_ISESCAPE, 1, 1, 1,
  /* 0x60 */ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 0x70 */ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  /* 0x80 */ DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT,
  /* 0x90 */ DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT,
  /* 0xa0 */ DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT,
  /* 0xb0 */ DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT, DS_CONT,
  /* 0xc0 */ 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
  /* 0xd0 */ 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
  /* 0xe0 */ 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
  /* 0xf0 */ 4, 4, 4, 4, 4, DS_EXCEEDSMAX, DS_EXCEEDSMAX, DS_EXCEEDSMAX, DS_UTFLENERROR, DS_UTFLENERROR, DS_UTFLENERROR, DS_UTFLENERROR, DS_UTFLENERROR, DS_UTFLENERROR, DS_UTFLENERROR, DS_UTFLENERROR,
};

static FASTCALL_ATTR PyObject *FASTCALL_MSVC decode_string ( struct DecoderState *ds)
{
  int index;
  uint32_t *escOffset;
  size_t escLen = (ds->escEnd - ds->escStart);
  uint8_t *inputOffset;
  uint16_t ch = 0;
  uint8_t *lastHighSurrogate = NULL;
  uint8_t oct;
  uint32_t ucs;
  ds->lastType = JT_INVALID;
  ds->start ++;

  if ( (size_t) (ds->end - ds->start) > escLen)
  {
    size_t newSize = (ds->end - ds->start);

    uint32_t *oldStart = ds->escStart;
    if (newSize > (SIZE_MAX / sizeof(uint32_t)))
    {
      return SetError(ds, -1, "Could not reserve memory block");
    }
    ds->escStart = (uint32_t *) PyObject_Malloc(newSize * sizeof(uint32_t));
    if (!ds->escStart)
    {
      return SetError(ds, -1, "Could not reserve memory block");
    }
    ds->escHeap = true;
    memcpy(ds->escStart, oldStart, escLen * sizeof(uint32_t));

    ds->escEnd = ds->escStart + newSize;
  }

  escOffset = ds->escStart;
  inputOffset = (uint8_t *) ds->start;

  for (;;)
  {
    switch (g_decoderLookup[(uint8_t)(*inputOffset)])
    {
      case DS_ISNULL:
      {
        return SetError(ds, -1, "Unmatched '\"' when decoding 'string'");
      }
      case DS_ISQUOTE:
      {
        ds->lastType = JT_UTF8;
        inputOffset ++;
        ds->start += ( (char *) inputOffset - (ds->start));
        return Object_newString(ds->escStart, escOffset);
      }
      case DS_UTFLENERROR:
      {
        return SetError (ds, -1, "Invalid UTF-8 sequence length when decoding 'string'");
      }
      case DS_CONT:
      {
        return SetError (ds, -1, "Found UTF-8 continuation byte without corresponding start byte when decoding 'string'");
      }
      case DS_EXCEEDSMAX:
      {
        return SetError(ds, -1, "Code point > U+10FFFF encountered whilst decoding 'string'");
      }
      case DS_ISESCAPE:
      {
        inputOffset ++;
        switch (*inputOffset)
        {
          case '\\': *(escOffset++) = '\\'; inputOffset++; continue;
          case '\"': *(escOffset++) = '\"'; inputOffset++; continue;
          case '/':  *(escOffset++) = '/';  inputOffset++; continue;
          case 'b':  *(escOffset++) = '\b'; inputOffset++; continue;
          case 'f':  *(escOffset++) = '\f'; inputOffset++; continue;
          case 'n':  *(escOffset++) = '\n'; inputOffset++; continue;
          case 'r':  *(escOffset++) = '\r'; inputOffset++; continue;
          case 't':  *(escOffset++) = '\t'; inputOffset++; continue;
