import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

const REALM_TIME = 'Moments come from the realm clock (src/app/clock.ts): an exercise runs faster, a browser may be wrong.'
const CATALOGUE = 'Words people read stand in src/i18n, in both languages.'

export default ts.config(
  { ignores: ['dist/**', 'node_modules/**', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.{ts,vue}'],
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] },
    },
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: REALM_TIME },
        { object: 'performance', property: 'now', message: REALM_TIME },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: REALM_TIME },
        { selector: "CallExpression[callee.name='Date']", message: REALM_TIME },
        { selector: 'Literal[value=/[\\u4e00-\\u9fff]/]', message: CATALOGUE },
        { selector: 'TemplateElement[value.raw=/[\\u4e00-\\u9fff]/]', message: CATALOGUE },
      ],
      'vue/no-restricted-syntax': [
        'error',
        { selector: "VElement:not([name='script'], [name='style']) > VText[value=/[\\u4e00-\\u9fff]/]", message: CATALOGUE },
        { selector: 'VLiteral[value=/[\\u4e00-\\u9fff]/]', message: CATALOGUE },
      ],
      'no-undef': 'off', // the compiler knows
      '@typescript-eslint/no-non-null-assertion': 'off',
      // facts in a line are parted by one ideographic space
      'no-irregular-whitespace': 'off',
      eqeqeq: 'error',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      'vue/no-v-html': 'error',
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/define-macros-order': 'error',
    },
  },
  {
    // parts and client know no case and no page; pages know them
    files: ['src/components/**', 'src/api/**', 'src/map/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@/casework/*', '@/shell/*', '@/organisation/*'] }] },
  },
  { files: ['src/app/clock.ts'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['src/i18n/**', 'test/**'], rules: { 'no-restricted-syntax': 'off' } },
)
